package io.arclight.tensor.op;

import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.PackedWeight;
import java.util.List;

/**
 * A convolution whose weight is always the same tensor of the same numbers: the library's copy of
 * it is made in the first call instead of in each. Made for a program's runs, and closed with it.
 */
public final class ConstantConvolution implements Op, AutoCloseable {
  private final ConvolutionOp op;
  private final Tensor weight;
  private final PackedWeight packed = new PackedWeight();

  public ConstantConvolution(ConvolutionOp op, Tensor weight) {
    this.op = op;
    this.weight = weight;
  }

  @Override
  public String name() {
    return op.name();
  }

  @Override
  public List<Spec> infer(Tensor... inputs) {
    return op.infer(inputs);
  }

  /** Autocast and transforms give other weights, which are none of what is packed. */
  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
    boolean same = inputs[1] == weight && weight.device().kind() == Device.Kind.CPU;
    return op.eval(outputs, same ? packed : null, inputs);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return op.vjp(saved, grads);
  }

  @Override
  public boolean savesInput(int i) {
    return op.savesInput(i);
  }

  @Override
  public boolean reads(int gradient, int input) {
    return op.reads(gradient, input);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return op.batch(size, batched, inputs);
  }

  /** Of what is packed. */
  public long bytes() {
    return packed.bytes();
  }

  /** Gives the packed weight back; no call may be under way. */
  @Override
  public void close() {
    packed.close();
  }
}
