package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.ir.Derivative;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.TreeSet;

/**
 * The gradient of an elementwise program for one input: output gradient times slope, as a program
 * over the output gradient and what the slope reads.
 */
final class ElementwiseGradient {
  private enum Form {
    ZERO,
    UNDEFINED,
    PASS,
    PROGRAM
  }

  private final Form form;
  private final ElementwiseProgram program;
  private final int[] reads;
  private final int inputs;

  private ElementwiseGradient(Form form, ElementwiseProgram program, int[] reads, int inputs) {
    this.form = form;
    this.program = program;
    this.reads = reads;
    this.inputs = inputs;
  }

  static ElementwiseGradient of(ElementwiseProgram p, int input) {
    Type type = p.expr().type();
    Expr.Input wrt = new Expr.Input(input, type);
    if (!type.isFloat()) {
      return new ElementwiseGradient(Form.ZERO, null, new int[0], p.inputs());
    }
    // In the derived expression, input numbers above the operands stand for output and gradient.
    Expr.Input grad = new Expr.Input(p.inputs() + 1, type);
    Expr slope = p.slope(input) != null ? p.slope(input) : Derivative.of(p.expr(), wrt);
    if (slope == null || slope.equals(ElementwiseProgram.UNDEFINED)) {
      return new ElementwiseGradient(Form.UNDEFINED, null, new int[0], p.inputs());
    }
    if (slope.equals(Exprs.constant(type, 0))) {
      return new ElementwiseGradient(Form.ZERO, null, new int[0], p.inputs());
    }
    if (slope.equals(Exprs.constant(type, 1))) {
      return new ElementwiseGradient(Form.PASS, null, new int[0], p.inputs());
    }
    Expr product = routed(grad, slope);
    TreeSet<Integer> used = new TreeSet<>();
    Exprs.substitute(
        product,
        e -> {
          if (e instanceof Expr.Input in && in.index() != grad.index()) {
            used.add(in.index());
          }
          return e;
        });
    int[] reads = used.stream().mapToInt(i -> i).toArray();
    Expr renumbered =
        Exprs.substitute(
            product,
            e -> {
              if (!(e instanceof Expr.Input in)) {
                return e;
              }
              int at = in.index() == grad.index() ? 0 : 1 + used.headSet(in.index()).size();
              return new Expr.Input(at, in.type());
            });
    ElementwiseProgram program =
        ElementwiseProgram.of(p.name() + "_backward", renumbered, 1 + reads.length);
    return new ElementwiseGradient(Form.PROGRAM, program, reads, p.inputs());
  }

  /**
   * Gradient times slope; a choice between slopes becomes a choice between products, so that a
   * branch of slope 0 gives 0 whatever the gradient is, infinity and NaN included, as PyTorch's
   * masked gradients do.
   */
  private static Expr routed(Expr grad, Expr slope) {
    if (slope instanceof Expr.Select s) {
      return Exprs.select(s.condition(), routed(grad, s.then()), routed(grad, s.otherwise()));
    }
    if (slope.equals(Exprs.constant(slope.type(), 0))) {
      return slope;
    }
    return Exprs.mul(grad, slope);
  }

  boolean usesInput(int i) {
    for (int r : reads) {
      if (r == i) {
        return true;
      }
    }
    return false;
  }

  Tensor apply(String name, Vjp saved, Tensor grad, List<Number> scalars, DType dtype) {
    switch (form) {
      case ZERO:
        return grad.zerosLike();
      case UNDEFINED:
        throw new TensorException(
            name + ": there is no derivative by this operand, as in PyTorch: detach() it");
      case PASS:
        return grad;
      case PROGRAM:
        break;
    }
    Tensor[] operands = new Tensor[1 + reads.length];
    operands[0] = grad;
    for (int i = 0; i < reads.length; i++) {
      operands[1 + i] = reads[i] == inputs ? saved.output(0) : saved.input(reads[i]);
    }
    return Tensor.apply(new Derived(program, scalars, dtype), operands);
  }
}
