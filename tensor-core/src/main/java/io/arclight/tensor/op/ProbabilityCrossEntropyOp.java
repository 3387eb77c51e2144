package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * Cross-entropy of logits [n, classes, ...] against probabilities of the same shape, and perhaps
 * weights of the classes. Outputs, each [n, ...]: the losses, and the log-sum-exps.
 *
 * @param smoothing the share of a target that all classes divide between them
 */
public record ProbabilityCrossEntropyOp(double smoothing) implements Op {
  private record Key(DType dtype, Lines lines, boolean weighted, boolean backward) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "PROBABILITY_CROSS_ENTROPY";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.requireFloat("crossEntropy", x);
    if (x.rank() < 2 || !x.shape().equals(in[1].shape())) {
      throw new ShapeException(
          "crossEntropy: expects logits [n, classes, ...] and probabilities of the same shape, got "
              + x.shape()
              + " and "
              + in[1].shape());
    }
    if (in[1].dtype() != x.dtype()) {
      throw new DTypeException(
          "crossEntropy: probabilities must be "
              + x.dtype()
              + " as the logits, not "
              + in[1].dtype());
    }
    Elementwise.sameDevice("crossEntropy", x, in[1]);
    if (in.length > 2) {
      ClassWeights.require("crossEntropy", x, in[2]);
    }
    Shape shape = Shape.of(ClassWeights.without(x));
    return List.of(
        new Spec(shape, x.dtype(), x.device()),
        new Spec(shape, x.dtype().accumulator(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    if (in[0].dim(1) == 0) {
      Spec empty = outputs.get(0);
      Tensor none = Tensor.zeros(empty.shape(), empty.dtype(), empty.device());
      return new Tensor[] {none, none.to(outputs.get(1).dtype()).copy()};
    }
    Tensor loss = Tensor.allocate(name(), outputs.get(0));
    Tensor lse = Tensor.allocate(name(), outputs.get(1));
    launch("crossEntropy", false, in, loss, lse);
    return new Tensor[] {loss, lse};
  }

  private void launch(String op, boolean backward, Tensor[] in, Tensor... others) {
    Tensor x = in[0];
    if (x.elements() == 0) {
      return;
    }
    Tensor[] buffers = new Tensor[in.length + others.length];
    for (int i = 0; i < in.length; i++) {
      buffers[i] = in[i].contiguous();
    }
    System.arraycopy(others, 0, buffers, in.length, others.length);
    long n = x.dim(1);
    long inner = Indexing.inner(x, 1);
    Lines lines = Lines.of(n, inner);
    Executable kernel =
        KERNELS.computeIfAbsent(
            new Key(x.dtype(), lines, in.length > 2, backward), ProbabilityCrossEntropyOp::build);
    long[] params = {RowOps.bits(x.dtype(), 1 - smoothing), RowOps.bits(x.dtype(), smoothing / n)};
    lines.launch(op, kernel, x.dim(0), n, inner, buffers, params, null);
  }

  private static Executable build(Key key) {
    Type t = key.dtype.type().value();
    Expr zero = constant(t, 0);
    RowKernel k = new RowKernel(key.backward ? "soft_targets_backward" : "soft_targets");
    int xs = k.reads(key.dtype);
    int targets = k.reads(key.dtype);
    int weights = key.weighted ? k.reads(key.dtype) : -1;
    int gs = key.backward ? k.reads(key.dtype) : k.writes(key.dtype);
    int lses = key.backward ? k.reads(key.dtype.accumulator()) : k.writes(key.dtype.accumulator());
    int dxs = key.backward ? k.writes(key.dtype) : -1;
    int dts = key.backward ? k.writes(key.dtype) : -1;
    key.lines.build(
        k,
        line -> {
          Expr kept = k.param(t);
          Expr spread = k.param(t);
          Elements x = line.of(xs);
          Elements target = line.of(targets);
          UnaryOperator<Expr> share =
              i -> {
                Expr p = add(mul(target.at(i, t), kept), spread);
                return key.weighted ? mul(p, k.at(weights, i, t)) : p;
              };
          if (!key.backward) {
            Expr total = CrossEntropyOp.logSumExp(x, line.n(), t);
            Expr loss =
                x.fold(
                    line.n(),
                    zero,
                    i -> mul(share.apply(i), sub(total, x.at(i, t))),
                    (a, b) -> add(a, b));
            k.add(k.store(gs, line.number(), loss));
            k.add(k.store(lses, line.number(), total));
            return;
          }
          Expr g = k.let("g", k.at(gs, line.number(), t));
          Expr total = k.let("total", k.at(lses, line.number(), t));
          Expr whole = x.fold(line.n(), zero, share, (a, b) -> add(a, b));
          line.of(dxs)
              .map(
                  line.n(),
                  i -> mul(g, sub(mul(whole, exp(sub(x.at(i, t), total))), share.apply(i))));
          line.of(dts)
              .map(
                  line.n(),
                  i -> {
                    Expr slope = mul(mul(g, kept), sub(total, x.at(i, t)));
                    return key.weighted ? mul(slope, k.at(weights, i, t)) : slope;
                  });
        });
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    if (grads[1] != null) {
      throw new IllegalStateException("the log-sum-exp of crossEntropy takes no gradient");
    }
    Tensor[] in = new Tensor[saved.inputs()];
    for (int i = 0; i < in.length; i++) {
      in[i] = saved.input(i);
    }
    Tensor x = in[0];
    Tensor[] out = new Tensor[in.length];
    if (RowOps.recording()) {
      composed(grads[0], in, out);
      return out;
    }
    out[0] = Tensor.allocate("CROSS_ENTROPY_BACKWARD", x.shape(), x.dtype(), x.device());
    out[1] = Tensor.allocate("CROSS_ENTROPY_BACKWARD", x.shape(), x.dtype(), x.device());
    launch(
        "crossEntropyBackward", true, in, grads[0].contiguous(), saved.output(1), out[0], out[1]);
    return out;
  }

  /** The gradients by operations, for gradients of them. */
  private void composed(Tensor grad, Tensor[] in, Tensor[] out) {
    DType dtype = in[0].dtype();
    DType wide = dtype.accumulator();
    Tensor x = in[0].to(wide);
    Tensor g = grad.to(wide).unsqueeze(1);
    Tensor share = in[1].to(wide).mul(1 - smoothing).add(smoothing / x.dim(1));
    Tensor slope = g.mul(x.logSoftmax(1)).mul(smoothing - 1);
    if (in.length > 2) {
      Tensor weight = ClassWeights.along(in[2].detach().to(wide), x.rank());
      share = share.mul(weight);
      slope = slope.mul(weight);
    }
    out[0] = g.mul(x.softmax(1).mul(share.sum(Dim.of(1), Dim.Keep.KEEP)).sub(share)).to(dtype);
    out[1] = slope.to(dtype);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (in.length > 2 && batched[2]) {
      return Batching.loop(this, size, batched, in);
    }
    Tensor[] flat = in.clone();
    for (int i = 0; i < 2; i++) {
      flat[i] = Batching.batched(size, batched[i], in[i]);
    }
    long n = flat[0].dim(1);
    for (int i = 0; i < 2; i++) {
      flat[i] = flat[i].flatten(0, 1);
    }
    Tensor[] out = Tensor.applyAll(this, flat);
    for (int i = 0; i < out.length; i++) {
      out[i] = out[i].unflatten(0, size, n);
    }
    return out;
  }

  private static Sample sample(double smoothing, Tensor x, Tensor target) {
    return Sample.of(new ProbabilityCrossEntropyOp(smoothing), x, target)
        .peer("torch.cross_entropy_loss(x0, x1, None, 0, -100, " + smoothing + ")");
  }

  /** The weights take no gradient, so that they are no input. */
  private static Sample weighted(double smoothing, Tensor x, Tensor target) {
    Op op = new ProbabilityCrossEntropyOp(smoothing);
    return Sample.composed(
            in -> Tensor.applyAll(op, in[0], in[1], ClassWeights.sample(in[0]))[0], x, target)
        .peer(
            "torch.cross_entropy_loss(x0, x1, %s, 0, -100, %s)"
                .formatted(ClassWeights.SAMPLE, smoothing));
  }

  static OpInfo info() {
    return new OpInfo(
        "cross_entropy of probabilities",
        FLOATS,
        in ->
            List.of(
                sample(0, in.any(6, 5), in.positive(6, 5)),
                sample(0.25, in.any(3, 40), in.positive(3, 40)),
                weighted(0.25, in.any(2, 5, 3), in.positive(2, 5, 3)),
                weighted(0.125, in.any(3, 40), in.positive(3, 40)),
                sample(0, in.any(0, 5), in.positive(0, 5)),
                sample(0, in.edgeRows(), in.positive(6, 4)).valuesOnly()),
        in ->
            List.of(
                ErrorSample.of(
                    new ProbabilityCrossEntropyOp(0),
                    DTypeException.class,
                    "probabilities must be",
                    in.any(2, 3),
                    in.other().positive(2, 3)),
                ErrorSample.of(
                    new ProbabilityCrossEntropyOp(0),
                    ShapeException.class,
                    "of the same shape, got [2, 3] and [3, 3]",
                    in.any(2, 3),
                    in.any(3, 3))));
  }
}
