package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.ExprMutants;
import io.arclight.tensor.op.Mutant.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Elementwise operations with one node of their expression or of a slope changed. */
final class ElementwiseMutants {
  private ElementwiseMutants() {}

  static PointwiseCall pointwise(Op op) {
    if (op instanceof PointwiseCall c) {
      return c;
    }
    return op instanceof Pointwise p ? new PointwiseCall(p, Pointwise.NONE) : null;
  }

  private static ElementwiseProgram program(Op op, DType dtype) {
    PointwiseCall c = pointwise(op);
    return Elementwise.program(c.fn(), c.scalars(), dtype);
  }

  static List<Mutant> of(List<Op> ops, DType dtype) {
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
            Mutant.of(
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
          Mutant.of(
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
}
