package io.arclight.spark;

/**
 * Training needs more memory than an executor has beside its Java heap; the message has the numbers
 * and the setting to change.
 */
public final class MemoryBudgetException extends TrainingException {
  private static final long serialVersionUID = 1L;

  private final long needed;
  private final long available;

  MemoryBudgetException(String message, long needed, long available) {
    super(message);
    this.needed = needed;
    this.available = available;
  }

  /** Bytes that the ranks of an executor need by the estimate. */
  public long needed() {
    return needed;
  }

  /** Bytes that an executor has for them. */
  public long available() {
    return available;
  }
}
