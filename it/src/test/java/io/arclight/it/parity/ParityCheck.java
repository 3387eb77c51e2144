package io.arclight.it.parity;

import io.arclight.tensor.op.Sample;

/** The comparison with libtorch for other programs than its test. */
public final class ParityCheck {
  private ParityCheck() {}

  /**
   * Whether values agree, and gradients where they are not meant to differ, or libtorch lacks the
   * dtype.
   *
   * @param original as the test has it, where {@code sample} is one that something was changed of
   */
  public static boolean agrees(Sample sample, Sample original) {
    Parity.Gradients gradients =
        sample.difference() == null ? Parity.Gradients.COMPARED : Parity.Gradients.LEFT_OUT;
    return Parity.compare(sample, original, gradients).outcome() != Parity.Outcome.DIFFERS;
  }

  /** Null, or why libtorch cannot be used here. */
  public static String missing() {
    return Libtorch.missing();
  }
}
