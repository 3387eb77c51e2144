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
            in -> {
              Tensor x = in.any(5, 2, 4).logSoftmax(2);
              Tensor targets = in.indices(4, 2, 2);
              Tensor steps = in.index(x.dim(0), 2);
              Tensor lengths = in.index(targets.dim(1), 2);
              CtcLossOp op = new CtcLossOp(0, CtcLossOp.Infinity.KEEP);
              Tensor[] out = Tensor.applyAll(op, x, targets, steps, lengths);
              CtcLossGradientOp gradient = new CtcLossGradientOp(0, CtcLossOp.Infinity.KEEP);
              return List.of(
                  Sample.of(gradient, x, targets, steps, lengths, out[1], in.any(2)).valuesOnly());
            })
        .withoutPeer("a step of the gradient of ctc_loss");
  }
}
