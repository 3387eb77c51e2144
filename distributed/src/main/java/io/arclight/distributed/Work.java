package io.arclight.distributed;

/**
 * An operation under way. Its memory must stay as it is, neither read, written nor freed, until
 * {@link #await} has returned or thrown.
 */
public interface Work {
  /**
   * Waits until the operation is done.
   *
   * @throws CollectiveException if it failed on any rank. An interrupt of the waiting thread closes
   *     the communicator, as the operation can no longer complete on all ranks.
   */
  void await();

  /** Whether {@link #await} would return or throw at once. */
  boolean isDone();
}
