package io.arclight.tensor.op;

import io.arclight.tensor.Context;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * One change of what samples apply.
 *
 * @param change the sample with the change, or null where it does not apply
 * @param during what holds while the changed sample and its gradients are computed
 */
public record Mutant(
    String what, Notice notice, UnaryOperator<Sample> change, Supplier<Context.Restore> during) {

  /** Which check must notice. */
  public enum Notice {
    VALUE,
    GRADIENT,
    /** The gradient, recorded or not. */
    ANY_GRADIENT,
    /** The gradient, as a rule gives it where its operations are recorded. */
    RECORDED_GRADIENT,
    SECOND_GRADIENT
  }

  /** A change of the operation, which gives null where it does not apply. */
  static Mutant of(String what, Notice notice, UnaryOperator<Op> change) {
    return new Mutant(
        what,
        notice,
        s -> {
          Op changed = s.op() == null ? null : change.apply(s.op());
          return changed == null ? null : calling(s, new Sample.Applied(changed));
        },
        () -> () -> {});
  }

  /** The sample with another call. */
  static Sample calling(Sample s, Sample.Call call) {
    return new Sample(call, s.inputs(), s.peer(), s.difference(), s.smooth());
  }

  /** The same sample, for a change of what it runs on. */
  public static Sample again(Sample s) {
    return calling(s, s.call());
  }

  /** The sample with the change, or null where the change does not apply. */
  public Sample of(Sample s) {
    return change.apply(s);
  }
}
