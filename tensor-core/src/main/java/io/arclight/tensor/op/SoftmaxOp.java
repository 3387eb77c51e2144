package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Softmax and its logarithm along a dimension. */
public record SoftmaxOp(int dim, Kind kind) implements Op {

  /** Which of the two. */
  public enum Kind {
    SOFTMAX,
    LOG_SOFTMAX
  }

  private enum Pass {
    FORWARD,
    BACKWARD
  }

  private record Key(Kind kind, DType dtype, Pass pass, Lines lines) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return kind.name();
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.requireFloat(kind.name().toLowerCase(java.util.Locale.ROOT), x);
    RowOps.wrap(x, dim);
    return List.of(new Spec(x.shape(), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return new Tensor[] {run(Pass.FORWARD, in[0])};
  }

  private Tensor run(Pass pass, Tensor... in) {
    Tensor out = Tensor.allocate(name(), in[0].shape(), in[0].dtype(), in[0].device());
    Tensor[] buffers = new Tensor[in.length + 1];
    for (int i = 0; i < in.length; i++) {
      buffers[i] = in[i].detach().contiguous();
    }
    buffers[in.length] = out;
    if (out.elements() > 0) {
      int d = RowOps.wrap(out, dim);
      long n = out.rank() == 0 ? 1 : out.dim(d);
      long inner = Indexing.inner(out, d);
      Lines lines = Lines.of(n, inner);
      Executable kernel =
          KERNELS.computeIfAbsent(new Key(kind, out.dtype(), pass, lines), SoftmaxOp::build);
      lines.launch(name(), kernel, out.elements() / (n * inner), n, inner, buffers);
    }
    return out;
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel(key.kind.name().toLowerCase(java.util.Locale.ROOT));
    int a = k.reads(key.dtype);
    if (key.pass == Pass.FORWARD) {
      int y = k.updates(key.dtype);
      key.lines.build(k, line -> forward(key, line.n(), line.of(a), line.of(y)));
    } else {
      int b = k.reads(key.dtype);
      int dx = k.writes(key.dtype);
      key.lines.build(k, line -> backward(key, line.n(), line.of(a), line.of(b), line.of(dx)));
    }
    return k.build();
  }

  private static void forward(Key key, Expr n, Elements x, Elements y) {
    Type t = x.type();
    Expr zero = constant(t, 0);
    Expr shift = x.let("shift", ReductionRules.shift(x, n, t));
    if (key.kind == Kind.SOFTMAX && key.dtype.type() == t) {
      y.map(n, i -> ReductionRules.below(x.at(i), shift));
      Expr sum = y.fold(n, zero, y::at, (p, q) -> add(p, q));
      Expr scale = x.let("scale", div(constant(t, 1), sum));
      y.map(n, i -> mul(y.at(i), scale));
      return;
    }
    Expr sum = x.fold(n, zero, i -> ReductionRules.below(x.at(i), shift), (p, q) -> add(p, q));
    if (key.kind == Kind.SOFTMAX) {
      // Halves are not kept between the passes, which would round them twice.
      Expr scale = x.let("scale", div(constant(t, 1), sum));
      y.map(n, i -> mul(ReductionRules.below(x.at(i), shift), scale));
    } else {
      Expr lse = x.let("lse", add(shift, log(sum)));
      y.map(n, i -> sub(x.at(i), lse));
    }
  }

  private static void backward(Key key, Expr n, Elements g, Elements y, Elements dx) {
    Expr zero = constant(g.type(), 0);
    if (key.kind == Kind.SOFTMAX) {
      Expr dot = g.fold(n, zero, i -> mul(g.at(i), y.at(i)), (p, q) -> add(p, q));
      dx.map(n, i -> mul(y.at(i), sub(g.at(i), dot)));
    } else {
      Expr sum = g.fold(n, zero, g::at, (p, q) -> add(p, q));
      dx.map(n, i -> sub(g.at(i), mul(ReductionRules.decay(y.at(i)), sum)));
    }
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    Tensor y = saved.output(0);
    if (!RowOps.recording() || y.rank() == 0) {
      return new Tensor[] {y.rank() == 0 ? g.mul(0) : run(Pass.BACKWARD, g, y)};
    }
    Dim d = Dim.of(dim);
    return new Tensor[] {
      kind == Kind.SOFTMAX
          ? y.mul(g.sub(g.mul(y).sum(d, Dim.Keep.KEEP)))
          : g.sub(y.exp().mul(g.sum(d, Dim.Keep.KEEP)))
    };
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (in[0].rank() == 1) {
      return Batching.loop(this, size, batched, in);
    }
    return Tensor.applyAll(new SoftmaxOp(Batching.behind(dim), kind), in);
  }

  private static Sample sample(int dim, Kind kind, Tensor x) {
    String name = kind.name().toLowerCase(java.util.Locale.ROOT);
    return Sample.of(new SoftmaxOp(dim, kind), x).peer("torch." + name + "(x0, " + dim + ")");
  }

  /** For softmax far enough apart that exponentials overflow. */
  private static Tensor edges(Kind kind, SampleInputs in) {
    return kind == Kind.SOFTMAX ? in.edgeRows().mul(4) : in.edgeRows();
  }

  static List<OpInfo> infos() {
    List<OpInfo> out = new ArrayList<>();
    for (SoftmaxOp.Kind kind : SoftmaxOp.Kind.values()) {
      out.add(
          OpInfo.of(
              kind.name().toLowerCase(java.util.Locale.ROOT),
              FLOATS,
              in ->
                  List.of(
                      sample(1, kind, in.any(3, 40)),
                      sample(0, kind, in.any(3, 4)),
                      sample(-1, kind, in.transposed(3, 4)),
                      sample(1, kind, in.any(0, 4)),
                      sample(1, kind, edges(kind, in)).valuesOnly(),
                      sample(0, kind, edges(kind, in).t()).valuesOnly())));
    }
    return out;
  }
}
