package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.List;

/**
 * The gradient of {@link CtcLossOp} by the log-probabilities, from its inputs, its forward
 * variables and the gradient of its losses. It has no gradient itself, as in PyTorch.
 */
record CtcLossGradientOp(long blank, CtcLossOp.Infinity infinity) implements Op {
  @Override
  public String name() {
    return "CTC_LOSS_BACKWARD";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    DType dtype = in[0].dtype().accumulator();
    Tensor out = Tensor.zeros(in[0].shape(), dtype, in[0].device());
    Tensor grad = Matrix.converted(in[5].detach(), dtype).contiguous();
    CtcLossOp op = new CtcLossOp(blank, infinity);
    CtcKernels.launch(
        op, CtcKernels.Use.BACKWARD, in[0], in[1], in[2], in[3], in[4].contiguous(), grad, out);
    return new Tensor[] {Matrix.converted(out, in[0].dtype())};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    throw new TensorException(
        "ctcLoss: its gradient has no gradient of its own: take it without a graph, and compose the"
            + " loss of operations where you need a second derivative");
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor out = Tensor.apply(this, CtcLossOp.folded(Batching.batched(size, batched, in)));
    return new Tensor[] {out.unflatten(1, size, out.dim(1) / size).transpose(0, 1)};
  }

  static OpInfo info() {
    return OpInfo.of(
        "ctc_loss_backward",
        DTypes.PRECISE,
        in ->
            List.of(
                sample(in, 0, CtcLossOp.Infinity.KEEP),
                sample(in, 3, CtcLossOp.Infinity.KEEP),
                sample(in, 0, CtcLossOp.Infinity.ZERO)));
  }

  /** The fifth sequence has too few steps for two equal targets, the fourth has none. */
  private static Sample sample(SampleInputs in, long blank, CtcLossOp.Infinity how) {
    Tensor x = in.exactly(5, 5, 4).logSoftmax(2);
    Tensor targets = in.places(1, 1, 1, 2, 2, 0, 0, 0, 1, 1).reshape(5, 2);
    Tensor steps = in.places(5, 4, 5, 2, 2);
    Tensor lengths = in.places(2, 2, 1, 0, 2);
    Tensor paths = Tensor.applyAll(new CtcLossOp(blank, how), x, targets, steps, lengths)[1];
    String rest = blank + ", " + (how == CtcLossOp.Infinity.ZERO ? "True)" : "False)");
    return Sample.of(
            new CtcLossGradientOp(blank, how), x, targets, steps, lengths, paths, in.exactly(5))
        .peer(
            "y = x0.detach(); n, a = torch._ctc_loss(y, x1, x2, x3, "
                + rest
                + "; torch._ctc_loss_backward(x5.detach(), y, x1, x2, x3, n, a, "
                + rest)
        .valuesOnly();
  }
}
