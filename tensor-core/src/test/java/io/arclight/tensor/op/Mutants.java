package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Operations with one thing changed: a node of the expression or slope of an elementwise one, the
 * result or a gradient of another.
 */
public final class Mutants {
  private Mutants() {}

  /** Which check must notice. */
  public enum Notice {
    VALUE,
    GRADIENT,
    SECOND_GRADIENT
  }

  /**
   * One change.
   *
   * @param change of the operation; null where it does not apply
   */
  public record Mutant(String what, Notice notice, UnaryOperator<Op> change) {

    /** The sample with the changed operation, or null where the change does not apply. */
    public Sample of(Sample s) {
      Op changed = s.op() == null ? null : change.apply(s.op());
      return changed == null
          ? null
          : new Sample(
              new Sample.Applied(changed), s.inputs(), s.peer(), s.difference(), s.smooth());
    }
  }

  /** The changes of the operation that {@code samples} apply; none for functions of several. */
  public static List<Mutant> of(List<Sample> samples, DType dtype) {
    List<Op> ops = samples.stream().map(Sample::op).filter(o -> o != null).toList();
    if (ops.isEmpty()) {
      return List.of();
    }
    return pointwise(ops.get(0)) == null ? structural(samples) : elementwise(ops, dtype);
  }

  // ---- elementwise

  /** Whether the sample applies an elementwise operation. */
  public static boolean isElementwise(Sample s) {
    return s != null && s.op() != null && pointwise(s.op()) != null;
  }

  private static PointwiseCall pointwise(Op op) {
    if (op instanceof PointwiseCall c) {
      return c;
    }
    return op instanceof Pointwise p ? new PointwiseCall(p, Pointwise.NONE) : null;
  }

  private static ElementwiseProgram program(Op op, DType dtype) {
    PointwiseCall c = pointwise(op);
    return Elementwise.program(c.fn(), c.scalars(), dtype);
  }

  private static List<Mutant> elementwise(List<Op> ops, DType dtype) {
    boolean computesInFloat = pointwise(ops.get(0)).fn().rule().name().equals("FLOAT");
    if (computesInFloat && !dtype.isFloatingPoint()) {
      return List.of();
    }
    Map<ElementwiseProgram, Long> programs =
        ops.stream().collect(Collectors.groupingBy(o -> program(o, dtype), Collectors.counting()));
    ElementwiseProgram most =
        programs.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    List<Mutant> out = new ArrayList<>();
    for (int part = 0; part < most.exprs().size(); part++) {
      for (ExprMutants.Mutated m : ExprMutants.of(most.exprs().get(part))) {
        ElementwiseProgram mutated =
            ElementwiseProgram.ofPairs(
                "mutant", replaced(most.exprs(), part, m.expr()), most.widths(), null);
        out.add(
            new Mutant(
                m.what(),
                Notice.VALUE,
                op -> program(op, dtype) == most ? new MutantMeaning(op, mutated, dtype) : null));
      }
    }
    for (int input = 0; input < most.inputs() && dtype.isFloatingPoint(); input++) {
      if (most.slope(input) != null && !most.slope(input).equals(ElementwiseProgram.UNDEFINED)) {
        slopes(out, most, input, dtype);
      }
    }
    return out;
  }

  private static void slopes(List<Mutant> out, ElementwiseProgram most, int input, DType dtype) {
    List<Expr> slopes = new ArrayList<>();
    for (int i = 0; i < most.inputs(); i++) {
      slopes.add(most.slope(i));
    }
    for (ExprMutants.Mutated m : ExprMutants.of(most.slope(input))) {
      ElementwiseProgram mutated =
          ElementwiseProgram.of(
              "mutant",
              most.exprs().get(0),
              most.inputs(),
              replaced(slopes, input, m.expr()).toArray(new Expr[0]));
      out.add(
          new Mutant(
              "slope of input " + input + ": " + m.what(),
              Notice.GRADIENT,
              op -> program(op, dtype) == most ? new MutantSlope(op, mutated) : null));
    }
  }

  private static List<Expr> replaced(List<Expr> all, int at, Expr by) {
    List<Expr> out = new ArrayList<>(all);
    out.set(at, by);
    return out;
  }

  private static final class MutantMeaning extends MutantOp {
    private final ElementwiseProgram mutated;

    private final DType compute;

    MutantMeaning(Op original, ElementwiseProgram mutated, DType compute) {
      super(original);
      this.mutated = mutated;
      this.compute = compute;
    }

    @Override
    public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
      Tensor out = Tensor.allocate(name(), outputs.get(0));
      mutated.run(out, inputs, Elementwise.given(pointwise(original).scalars(), compute));
      return new Tensor[] {out};
    }
  }

  private static final class MutantSlope extends MutantOp {
    private final ElementwiseProgram mutated;

    MutantSlope(Op original, ElementwiseProgram mutated) {
      super(original);
      this.mutated = mutated;
    }

    @Override
    public boolean savesInput(int i) {
      return mutated.savesInput(i);
    }

    @Override
    public boolean savesOutput(int i) {
      return true;
    }

    @Override
    public Tensor[] vjp(Vjp saved, Tensor... grads) {
      List<Number> scalars = Elementwise.given(pointwise(original).scalars(), grads[0].dtype());
      return Elementwise.vjp(mutated, scalars, grads[0].dtype(), saved, grads[0]);
    }
  }

  // ---- all others

  private static List<Mutant> structural(List<Sample> samples) {
    List<Mutant> out = new ArrayList<>();
    result(out, "result changed", Mutants::changed);
    int inputs = samples.stream().mapToInt(s -> s.inputs().size()).max().orElse(0);
    if (samples.stream().noneMatch(Sample::differentiable)) {
      return out;
    }
    for (int k = 0; k < inputs; k++) {
      int i = k;
      if (samples.stream().noneMatch(s -> has(s, i))) {
        continue;
      }
      gradient(out, i, "doubled", Notice.GRADIENT, g -> g.mul(2));
      gradient(out, i, "negated", Notice.GRADIENT, Tensor::neg);
      gradient(out, i, "zero", Notice.GRADIENT, g -> g.mul(0));
      gradient(out, i, "not differentiable", Notice.SECOND_GRADIENT, Tensor::detach);
      for (int other = i + 1; other < inputs; other++) {
        int j = other;
        if (samples.stream().anyMatch(s -> has(s, i) && has(s, j) && alike(s, i, j))) {
          swapped(out, i, j);
        }
      }
    }
    return out;
  }

  private static boolean has(Sample s, int i) {
    return i < s.inputs().size()
        && s.inputs().get(i).dtype().isFloatingPoint()
        && s.inputs().get(i).elements() > 0;
  }

  private static boolean alike(Sample s, int i, int j) {
    return s.inputs().get(i).shape().equals(s.inputs().get(j).shape());
  }

  private static Tensor changed(Tensor t) {
    return t.dtype() == DType.BOOL ? t.logicalNot() : t.add(t.zerosLike().add(1));
  }

  private static void result(List<Mutant> out, String what, UnaryOperator<Tensor> change) {
    out.add(
        new Mutant(
            what,
            Notice.VALUE,
            op ->
                new MutantOp(op) {
                  @Override
                  public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
                    Tensor[] results = super.eval(outputs, inputs).clone();
                    results[0] = change.apply(results[0]);
                    return results;
                  }
                }));
  }

  private static void gradient(
      List<Mutant> out, int i, String what, Notice notice, UnaryOperator<Tensor> change) {
    out.add(
        new Mutant(
            "gradient " + i + " " + what,
            notice,
            op -> withGradients(op, g -> changed(g, i, change))));
  }

  private static Tensor[] changed(Tensor[] grads, int i, UnaryOperator<Tensor> change) {
    Tensor[] out = grads.clone();
    if (i < out.length && out[i] != null) {
      out[i] = change.apply(out[i]);
    }
    return out;
  }

  private static void swapped(List<Mutant> out, int i, int j) {
    out.add(
        new Mutant(
            "gradients " + i + " and " + j + " swapped",
            Notice.GRADIENT,
            op ->
                withGradients(
                    op,
                    g -> {
                      Tensor[] swapped = g.clone();
                      if (j < g.length
                          && g[i] != null
                          && g[j] != null
                          && g[i].shape().equals(g[j].shape())) {
                        swapped[i] = g[j];
                        swapped[j] = g[i];
                      }
                      return swapped;
                    })));
  }

  private static Op withGradients(Op op, UnaryOperator<Tensor[]> change) {
    return new MutantOp(op) {
      @Override
      public Tensor[] vjp(Vjp saved, Tensor... grads) {
        return change.apply(super.vjp(saved, grads));
      }
    };
  }
}
