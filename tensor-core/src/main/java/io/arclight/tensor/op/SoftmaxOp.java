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

  private record Key(Kind kind, DType dtype, Pass pass) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return kind.name();
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.requireFloat(kind.name().toLowerCase(java.util.Locale.ROOT), x);
    if (x.rank() > 0) {
      x.shape().wrap(dim);
    }
    return List.of(new Spec(x.shape(), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return new Tensor[] {run(Pass.FORWARD, in[0])};
  }

  private Tensor run(Pass pass, Tensor... in) {
    Tensor first = in[0].rank() == 0 ? in[0].unsqueeze(0) : in[0];
    Tensor[] buffers = new Tensor[in.length + 1];
    for (int i = 0; i < in.length; i++) {
      buffers[i] = RowOps.rowsLast(in[i].rank() == 0 ? in[i].unsqueeze(0) : in[i], dim);
    }
    Tensor out = Tensor.allocate(name(), buffers[0].shape(), in[0].dtype(), in[0].device());
    buffers[in.length] = out;
    long n = out.dim(-1);
    if (out.elements() > 0) {
      KERNELS
          .computeIfAbsent(new Key(kind, out.dtype(), pass), SoftmaxOp::build)
          .launch(name(), out.elements() / n, n, buffers, new long[] {n}, null);
    }
    Tensor moved = RowOps.restore(out, first.shape().wrap(dim));
    return in[0].rank() == 0 ? moved.select(0, 0) : moved;
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel(key.kind.name().toLowerCase(java.util.Locale.ROOT));
    Type t = key.dtype.type().value();
    Expr zero = constant(t, 0);
    if (key.pass == Pass.FORWARD) {
      int x = k.reads(key.dtype);
      int y = k.updates(key.dtype);
      Expr n = k.param(Type.I64);
      Expr base = k.base(n);
      Expr shift = k.let("shift", ReductionRules.shift(Elements.row(k, x, base), n, t));
      if (key.kind == Kind.SOFTMAX && key.dtype.type() == t) {
        k.map(y, base, n, i -> exp(sub(k.at(x, add(base, i), t), shift)));
        Expr sum = k.reduce("sum", n, zero, i -> k.at(y, add(base, i), t), (a, b) -> add(a, b));
        Expr scale = k.let("scale", div(constant(t, 1), sum));
        k.map(y, base, n, i -> mul(k.at(y, add(base, i), t), scale));
        return k.build();
      }
      Expr sum =
          k.reduce(
              "sum", n, zero, i -> exp(sub(k.at(x, add(base, i), t), shift)), (a, b) -> add(a, b));
      if (key.kind == Kind.SOFTMAX) {
        // Halves are not kept between the passes, which would round them twice.
        Expr scale = k.let("scale", div(constant(t, 1), sum));
        k.map(y, base, n, i -> mul(exp(sub(k.at(x, add(base, i), t), shift)), scale));
      } else {
        Expr lse = k.let("lse", add(shift, log(sum)));
        k.map(y, base, n, i -> sub(k.at(x, add(base, i), t), lse));
      }
      return k.build();
    }
    int g = k.reads(key.dtype);
    int y = k.reads(key.dtype);
    int dx = k.writes(key.dtype);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    if (key.kind == Kind.SOFTMAX) {
      Expr dot =
          k.reduce(
              "dot",
              n,
              zero,
              i -> mul(k.at(g, add(base, i), t), k.at(y, add(base, i), t)),
              (a, b) -> add(a, b));
      k.map(dx, base, n, i -> mul(k.at(y, add(base, i), t), sub(k.at(g, add(base, i), t), dot)));
    } else {
      Expr sum = k.reduce("sum", n, zero, i -> k.at(g, add(base, i), t), (a, b) -> add(a, b));
      k.map(
          dx, base, n, i -> sub(k.at(g, add(base, i), t), mul(exp(k.at(y, add(base, i), t)), sum)));
    }
    return k.build();
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
                      sample(1, kind, in.any(0, 4)))));
    }
    return out;
  }
}
