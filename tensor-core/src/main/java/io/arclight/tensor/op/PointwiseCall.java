package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Type;
import java.util.List;

/**
 * An elementwise operation some of whose operands are numbers.
 *
 * @param scalars one entry an operand, null where it is a tensor
 */
public record PointwiseCall(Pointwise fn, List<Number> scalars) implements Op {

  @Override
  public String name() {
    return fn.name();
  }

  @Override
  public List<Spec> infer(Tensor... inputs) {
    return Elementwise.infer(fn, scalars, inputs);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
    return Elementwise.eval(fn, scalars, outputs.get(0), inputs);
  }

  @Override
  public void evalInto(Tensor target, Tensor... inputs) {
    Elementwise.evalInto(fn, scalars, target, inputs);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return Elementwise.vjp(fn, scalars, saved, grads[0]);
  }

  @Override
  public boolean differentiable() {
    return fn.differentiable();
  }

  @Override
  public boolean reads(int gradient, int input) {
    return fn.program(Type.F32, scalars).gradient(gradient).usesInput(input);
  }

  @Override
  public boolean savesInput(int i) {
    return fn.differentiable() && fn.program(Type.F32, scalars).savesInput(i);
  }

  @Override
  public boolean savesOutput(int i) {
    return fn.savesOutput(i);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return new Tensor[] {Tensor.apply(this, Elementwise.align(batched, inputs))};
  }
}
