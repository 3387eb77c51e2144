package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DeviceException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What all elementwise operations share. */
final class Elementwise {
  private Elementwise() {}

  static List<Spec> infer(Pointwise fn, List<Number> scalars, Tensor... inputs) {
    if (alike(fn, inputs)) {
      Tensor a = inputs[0];
      return List.of(new Spec(a.shape(), output(fn, a.dtype()), a.device()));
    }
    Promotion promotion = new Promotion();
    Shape shape = null;
    int next = 0;
    for (int i = 0; i < fn.arity(); i++) {
      Number scalar = scalars.get(i);
      if (scalar != null) {
        promotion.scalar(scalar);
        continue;
      }
      Tensor t = inputs[next++];
      if (i == fn.mask()) {
        if (t.dtype() != DType.BOOL) {
          throw new DTypeException(
              fn.label() + ": the condition must be bool, not " + t.dtype() + ": compare first");
        }
      } else {
        promotion.tensor(t);
      }
      shape = shape == null ? t.shape() : broadcast(fn, shape, t.shape());
      sameDevice(fn.label(), inputs[0], t);
    }
    return List.of(new Spec(shape, output(fn, compute(fn, promotion, inputs)), inputs[0].device()));
  }

  /** The common case, in which nothing promotes or broadcasts. */
  private static boolean alike(Pointwise fn, Tensor[] inputs) {
    if (inputs.length != fn.arity()
        || fn.mask() >= 0
        || !fn.takesFloats()
        || !inputs[0].dtype().isFloatingPoint()) {
      return false;
    }
    Tensor a = inputs[0];
    for (int i = 1; i < inputs.length; i++) {
      Tensor b = inputs[i];
      if (b.dtype() != a.dtype()
          || !b.shape().equals(a.shape())
          || !b.device().equals(a.device())) {
        return false;
      }
    }
    return true;
  }

  static void sameDevice(String op, Tensor a, Tensor b) {
    if (!a.device().equals(b.device())) {
      throw new DeviceException(
          op
              + ": tensors on different devices, "
              + a.device()
              + " and "
              + b.device()
              + ": move one with to(device)");
    }
  }

  private static Shape broadcast(Pointwise fn, Shape a, Shape b) {
    try {
      return Shape.broadcast(a, b);
    } catch (ShapeException e) {
      throw new ShapeException(fn.label() + ": " + e.getMessage());
    }
  }

  private static DType compute(Pointwise fn, Promotion promotion, Tensor[] inputs) {
    DType t = fn.rule() == Row.Rule.FIRST ? inputs[0].dtype() : promotion.result();
    if (!t.isComplex() && !fn.row().dtypes.contains(t)) {
      throw new DTypeException(
          fn.label()
              + ": not defined on "
              + t
              + ", only on "
              + fn.row().dtypes
              + ": convert with to(dtype)");
    }
    return fn.rule() == Row.Rule.FLOAT && !t.isDifferentiable() ? DType.defaultDType() : t;
  }

  private static DType output(Pointwise fn, DType compute) {
    DType out = compute.isComplex() ? ComplexRules.output(fn, compute) : compute;
    return switch (fn.rule()) {
      case BOOL -> DType.BOOL;
      case INT32 -> DType.INT32;
      case SAME, FLOAT, FIRST -> out;
    };
  }

  /** The dtype to compute in, known from the output's unless that is fixed. */
  private static DType compute(Pointwise fn, List<Number> scalars, Spec out, Tensor[] inputs) {
    if (fn.differentiable() && !fn.ofMagnitude()) {
      return out.dtype();
    }
    Promotion promotion = new Promotion();
    int next = 0;
    for (int i = 0; i < fn.arity(); i++) {
      if (scalars.get(i) != null) {
        promotion.scalar(scalars.get(i));
      } else {
        promotion.tensor(inputs[next++]);
      }
    }
    boolean real = fn.ofMagnitude() && !promotion.result().isComplex();
    return real ? out.dtype() : promotion.result();
  }

  static ElementwiseProgram program(Pointwise fn, List<Number> scalars, DType compute) {
    if (compute.isComplex()) {
      return ComplexRules.program(fn, compute.toReal().type(), scalars);
    }
    boolean bool = compute == DType.BOOL && fn.rule() != Row.Rule.BOOL && !fn.row().logic;
    var type = bool ? DType.INT32.type() : compute.type().value();
    return fn.program(type, scalars);
  }

  static Tensor[] eval(Pointwise fn, List<Number> scalars, Spec spec, Tensor... inputs) {
    Tensor out = Tensor.allocate(fn.name(), spec, inputs);
    run(fn, scalars, compute(fn, scalars, spec, inputs), out, inputs);
    return new Tensor[] {out};
  }

  static void evalInto(Pointwise fn, List<Number> scalars, Tensor target, Tensor... inputs) {
    DType compute = target.dtype();
    if (fn != Pointwise.SECOND) {
      Spec result = infer(fn, scalars, inputs).get(0);
      requireStorable(fn.label(), result.dtype(), compute);
      compute = compute(fn, scalars, result, inputs);
    }
    Tensor[] operands = inputs;
    if (fn == Pointwise.SECOND && !compute.isComplex()) {
      operands = real(compute, inputs);
    }
    run(fn, scalars, compute, target, operands);
  }

  /** Complex tensors converted to the real {@code dtype}. */
  private static Tensor[] real(DType dtype, Tensor[] inputs) {
    Tensor[] out = inputs.clone();
    for (int i = 0; i < out.length; i++) {
      out[i] = out[i].dtype().isComplex() ? Matrix.converted(out[i], dtype) : out[i];
    }
    return out;
  }

  private static void run(
      Pointwise fn, List<Number> scalars, DType compute, Tensor out, Tensor[] inputs) {
    ElementwiseProgram program = program(fn, scalars, compute);
    if (compute.isInteger() && compute.bytes() < DType.INT32.bytes()) {
      program.run(out, wrapped(compute, inputs), wrapped(compute, given(scalars)));
    } else {
      program.run(out, inputs, given(scalars, compute));
    }
  }

  /**
   * Kernels compute in int32: what the narrower {@code compute} does not hold is wrapped before.
   */
  private static Tensor[] wrapped(DType compute, Tensor[] inputs) {
    Tensor[] out = inputs.clone();
    for (int i = 0; i < out.length; i++) {
      DType t = out[i].dtype();
      if (t.isInteger() && DType.promote(t, compute) != compute) {
        out[i] = Matrix.converted(out[i], compute);
      }
    }
    return out;
  }

  private static List<Number> wrapped(DType compute, List<Number> scalars) {
    List<Number> out = new ArrayList<>(scalars.size());
    for (Number n : scalars) {
      long v = n.longValue();
      out.add(
          switch (compute) {
            case UINT8 -> v & 0xff;
            case INT8 -> (long) (byte) v;
            default -> (long) (short) v;
          });
    }
    return out;
  }

  /** The program's parameters. */
  static List<Number> given(List<Number> scalars, DType compute) {
    List<Number> given = given(scalars);
    return compute.isComplex() ? ComplexRules.parts(given) : given;
  }

  static void requireStorable(String op, DType result, DType target) {
    if (result.category().compareTo(target.category()) > 0) {
      throw new DTypeException(
          op
              + ": a result of dtype "
              + result
              + " cannot be stored in place in a "
              + target
              + " tensor: use the out-of-place operation");
    }
  }

  static List<Number> given(List<Number> scalars) {
    if (scalars == Pointwise.NONE) {
      return List.of();
    }
    List<Number> out = new ArrayList<>(2);
    for (Number n : scalars) {
      if (n != null) {
        out.add(n);
      }
    }
    return out;
  }

  static Tensor[] vjp(Pointwise fn, List<Number> scalars, Vjp saved, Tensor grad) {
    DType compute = grad.dtype();
    if (fn.ofMagnitude() && saved.inputDType(0).isComplex()) {
      compute = compute.toComplex();
    }
    return vjp(program(fn, scalars, compute), given(scalars, compute), grad.dtype(), saved, grad);
  }

  static Tensor[] vjp(
      ElementwiseProgram program, List<Number> scalars, DType dtype, Vjp saved, Tensor grad) {
    Tensor[] out = new Tensor[program.inputs()];
    for (int i = 0; i < out.length; i++) {
      if (saved.needs(i)) {
        out[i] = program.gradient(i).apply(program.name(), saved, grad, scalars, dtype);
      }
    }
    return out;
  }

  /** Inputs whose batch axis leads, reshaped so that the other axes broadcast as before. */
  static Tensor[] align(boolean[] batched, Tensor... inputs) {
    int rank = 0;
    for (int i = 0; i < inputs.length; i++) {
      rank = Math.max(rank, inputs[i].rank() - (batched[i] ? 1 : 0));
    }
    Tensor[] out = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      out[i] = batched[i] ? raise(inputs[i], rank) : inputs[i];
    }
    return out;
  }

  /** {@code x} with {@code rank} dimensions behind its batch axis: those it lacks have size 1. */
  static Tensor raise(Tensor x, int rank) {
    Tensor out = x;
    while (out.rank() - 1 < rank) {
      out = out.unsqueeze(1);
    }
    return out;
  }
}
