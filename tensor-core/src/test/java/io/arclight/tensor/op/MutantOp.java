package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.List;

/** An operation with something changed; all else is the original's. */
class MutantOp implements Op {
  protected final Op original;

  MutantOp(Op original) {
    this.original = original;
  }

  @Override
  public String name() {
    return original.name();
  }

  @Override
  public List<Spec> infer(Tensor... inputs) {
    return original.infer(inputs);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
    return original.eval(outputs, inputs);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return original.vjp(saved, grads);
  }

  @Override
  public boolean differentiable() {
    return original.differentiable();
  }

  @Override
  public boolean savesInput(int i) {
    return original.savesInput(i);
  }

  @Override
  public boolean reads(int gradient, int input) {
    return original.reads(gradient, input);
  }

  @Override
  public boolean savesOutput(int i) {
    return original.savesOutput(i);
  }
}
