package io.arclight.tensor;

/** Says what a run-time data error in a launch is about; called only when there is one. */
@FunctionalInterface
public interface ErrorText {
  /**
   * The message of the error.
   *
   * @param row of the kernel
   * @param value that the kernel reported
   */
  String of(long row, long value);
}
