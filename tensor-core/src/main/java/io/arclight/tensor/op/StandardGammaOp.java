package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * Gamma variates of rate 1 at a place of a random stream. The gradient is that of the quantile with
 * the probability held, Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients" (2018).
 *
 * @param key of the stream
 * @param offset in the stream
 */
public record StandardGammaOp(long key, long offset) implements Op {

  @Override
  public String name() {
    return "STANDARD_GAMMA";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    RowOps.requireFloat("standard_gamma", in[0]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return new Tensor[] {SamplingKernels.sample(SamplingKernels.Draw.GAMMA, in[0], key, offset)};
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor slope = Tensor.apply(new GammaSlopeOp(), saved.input(0), saved.output(0));
    return new Tensor[] {grads[0].mul(slope)};
  }

  /** Elements of all slices are numbered on, so that they differ. */
  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Tensor.applyAll(this, in);
  }
}
