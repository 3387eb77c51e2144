package io.arclight.distributed;

/** Carries a failure from where it is found to the ring's loop. */
final class RingFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  RingFailure(Failure failure) {
    super(failure.detail(), null, false, false);
    this.failure = failure;
  }

  Failure failure() {
    return failure;
  }
}
