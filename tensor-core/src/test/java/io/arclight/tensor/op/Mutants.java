package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * The changes of operations, made from what they have in common: the expression and slopes of an
 * elementwise one; results, gradients and options of the others; the operations that a rule or a
 * composed function consists of.
 */
public final class Mutants {
  private Mutants() {}

  /** The changes of what {@code samples} apply. */
  public static List<Mutant> of(List<Sample> samples, DType dtype) {
    List<Op> ops = samples.stream().map(Sample::op).filter(o -> o != null).toList();
    if (!ops.isEmpty() && ElementwiseMutants.pointwise(ops.get(0)) != null) {
      return ElementwiseMutants.of(ops, dtype);
    }
    List<Mutant> out = new ArrayList<>();
    List<Sample> single = samples.stream().filter(s -> s.op() != null).toList();
    if (!single.isEmpty()) {
      out.addAll(RuleMutants.of(single));
      out.addAll(OptionMutants.of(single));
    }
    out.addAll(StepMutants.of(samples));
    return out;
  }

  /** Whether the sample applies an elementwise operation. */
  public static boolean isElementwise(Sample s) {
    return s != null && s.op() != null && ElementwiseMutants.pointwise(s.op()) != null;
  }
}
