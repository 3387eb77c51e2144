package io.arclight.tensor.op;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.ir.Derivative;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * The gradient of an elementwise program for one input: output gradient times slope, as a program
 * over the output gradient and what the slope reads. For pairs each part is such a sum over the
 * output's parts: for complex numbers the conjugate Wirtinger derivative.
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

  /** Operands, by number; the number after the last stands for the output. */
  private final int[] reads;

  private final int inputs;

  private ElementwiseGradient(Form form, ElementwiseProgram program, int[] reads, int inputs) {
    this.form = form;
    this.program = program;
    this.reads = reads;
    this.inputs = inputs;
  }

  static ElementwiseGradient of(ElementwiseProgram p, int input) {
    Type type = p.exprs().get(0).type();
    Numbering numbers = new Numbering(p, type);
    if (!type.isFloat() || numbers.operand(input).get(0).type() != type) {
      return new ElementwiseGradient(Form.ZERO, null, new int[0], p.inputs());
    }
    if (ElementwiseProgram.UNDEFINED.equals(p.slope(input))) {
      return new ElementwiseGradient(Form.UNDEFINED, null, new int[0], p.inputs());
    }
    List<Expr> parts =
        p.pairGradient() == null ? derived(p, input, numbers) : given(p, input, numbers);
    if (parts == null) {
      return new ElementwiseGradient(Form.UNDEFINED, null, new int[0], p.inputs());
    }
    if (parts.stream().allMatch(e -> e.equals(Exprs.constant(type, 0)))) {
      return new ElementwiseGradient(Form.ZERO, null, new int[0], p.inputs());
    }
    if (parts.equals(numbers.grad())) {
      return new ElementwiseGradient(Form.PASS, null, new int[0], p.inputs());
    }
    return numbers.program(parts);
  }

  /** The inputs of the derived expressions: the operands' parts, the output's, its gradient's. */
  private record Numbering(ElementwiseProgram of, List<List<Expr>> groups) {
    Numbering(ElementwiseProgram of, Type type) {
      this(of, new ArrayList<>());
      int next = 0;
      List<Integer> widths = new ArrayList<>(of.widths());
      widths.add(of.exprs().size());
      widths.add(of.exprs().size());
      for (int g = 0; g < widths.size(); g++) {
        List<Expr> group = new ArrayList<>();
        for (int k = 0; k < widths.get(g); k++) {
          group.add(new Expr.Input(next, typeOf(next, type)));
          next++;
        }
        groups.add(group);
      }
    }

    /** An operand's own type where the expressions read it: a mask's is not the result's. */
    private Type typeOf(int index, Type type) {
      Type[] found = {type};
      for (Expr e : of.exprs()) {
        Exprs.substitute(
            e,
            x -> {
              if (x instanceof Expr.Input in && in.index() == index) {
                found[0] = in.type();
              }
              return x;
            });
      }
      return found[0];
    }

    List<Expr> operand(int i) {
      return groups.get(i);
    }

    List<Expr> output() {
      return groups.get(groups.size() - 2);
    }

    List<Expr> grad() {
      return groups.get(groups.size() - 1);
    }

    /** A program over the gradient and the groups that {@code parts} read. */
    ElementwiseGradient program(List<Expr> parts) {
      TreeSet<Integer> used = new TreeSet<>();
      for (Expr part : parts) {
        Exprs.substitute(
            part,
            e -> {
              if (e instanceof Expr.Input in && !grad().contains(in)) {
                used.add(group(in));
              }
              return e;
            });
      }
      int[] reads = used.stream().mapToInt(i -> i).toArray();
      List<Expr> order = new ArrayList<>(grad());
      List<Integer> widths = new ArrayList<>();
      widths.add(grad().size());
      for (int g : reads) {
        order.addAll(groups.get(g));
        widths.add(groups.get(g).size());
      }
      List<Expr> renumbered =
          parts.stream()
              .map(
                  part ->
                      Exprs.substitute(
                          part,
                          e ->
                              e instanceof Expr.Input in
                                  ? new Expr.Input(order.indexOf(in), in.type())
                                  : e))
              .toList();
      ElementwiseProgram program =
          ElementwiseProgram.ofPairs(of.name() + "_backward", renumbered, widths, null);
      return new ElementwiseGradient(Form.PROGRAM, program, reads, of.inputs());
    }

    private int group(Expr.Input in) {
      for (int g = 0; g < groups.size(); g++) {
        if (groups.get(g).contains(in)) {
          return g;
        }
      }
      throw new IllegalStateException(in.toString());
    }
  }

  /** The gradient by each part of the operand; null where there is no derivative. */
  private static List<Expr> derived(ElementwiseProgram p, int input, Numbering numbers) {
    List<Expr> parts = new ArrayList<>();
    for (Expr wrt : numbers.operand(input)) {
      Expr sum = null;
      for (int o = 0; o < p.exprs().size(); o++) {
        Expr slope =
            p.slope(input) != null
                ? p.slope(input)
                : Derivative.of(p.exprs().get(o), (Expr.Input) wrt);
        if (slope == null) {
          return null;
        }
        Expr product = routed(numbers.grad().get(o), slope);
        sum =
            sum == null || isZero(sum) ? product : isZero(product) ? sum : Exprs.add(sum, product);
      }
      parts.add(sum);
    }
    return parts;
  }

  private static List<Expr> given(ElementwiseProgram p, int input, Numbering numbers) {
    ComplexExpr[] x = new ComplexExpr[p.inputs()];
    for (int i = 0; i < x.length; i++) {
      x[i] = complex(numbers.operand(i));
    }
    return p.pairGradient()
        .of(input, complex(numbers.grad()), x, complex(numbers.output()))
        .parts();
  }

  private static ComplexExpr complex(List<Expr> parts) {
    return parts.size() == 2
        ? new ComplexExpr(parts.get(0), parts.get(1))
        : ComplexExpr.real(parts.get(0));
  }

  /**
   * Gradient times slope; a choice between slopes becomes a choice between products, so that a
   * branch of slope 0 gives 0 whatever the gradient is, infinity and NaN included, as PyTorch's
   * masked gradients do.
   */
  static Expr routed(Expr grad, Expr slope) {
    if (slope instanceof Expr.Select s) {
      return Exprs.select(s.condition(), routed(grad, s.then()), routed(grad, s.otherwise()));
    }
    return isZero(slope) ? slope : Exprs.mul(grad, slope);
  }

  private static boolean isZero(Expr e) {
    return e.equals(Exprs.constant(e.type(), 0));
  }

  private static boolean isSpare(Tensor grad, DType result, Tensor... operands) {
    if (Context.current().spare() != grad || grad.dtype() != result) {
      return false;
    }
    for (Tensor operand : operands) {
      if (!operand.shape().equals(grad.shape())
          || !Arrays.equals(operand.layout().strides(), grad.layout().strides())) {
        return false;
      }
    }
    return grad.layout().isDense();
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
    boolean pair = program.exprs().size() > 1;
    DType result = pair ? dtype.toComplex() : dtype.toReal();
    Op derived = new Derived(program, scalars, result);
    if (isSpare(grad, result, operands)) {
      return grad.inPlace(derived, Arrays.copyOfRange(operands, 1, operands.length));
    }
    return Tensor.apply(derived, operands);
  }
}
