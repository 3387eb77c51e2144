package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * An elementwise operation that has no name of its own, such as a derivative.
 *
 * @param dtype of the output, and what the program computes in
 */
record Derived(ElementwiseProgram program, List<Number> scalars, DType dtype) implements Op {

  @Override
  public String name() {
    return program.name();
  }

  @Override
  public List<Spec> infer(Tensor... inputs) {
    Shape shape = inputs[0].shape();
    for (Tensor t : inputs) {
      shape = Shape.broadcast(shape, t.shape());
    }
    return List.of(new Spec(shape, dtype, inputs[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
    // A gradient lies as what it is of does, not as the gradient that comes in.
    Tensor[] order = inputs.clone();
    Collections.reverse(Arrays.asList(order));
    Tensor out = Tensor.allocate(name(), outputs.get(0), order);
    program.run(out, inputs, scalars);
    return new Tensor[] {out};
  }

  @Override
  public void evalInto(Tensor target, Tensor... inputs) {
    if (target.dtype() == dtype) {
      program.run(target, inputs, scalars);
    } else {
      Op.super.evalInto(target, inputs);
    }
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return Elementwise.vjp(program, scalars, dtype, saved, grads[0]);
  }

  @Override
  public boolean reads(int gradient, int input) {
    return program.gradient(gradient).usesInput(input);
  }

  @Override
  public boolean savesInput(int i) {
    return program.savesInput(i);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return new Tensor[] {Tensor.apply(this, Elementwise.align(batched, inputs))};
  }
}
