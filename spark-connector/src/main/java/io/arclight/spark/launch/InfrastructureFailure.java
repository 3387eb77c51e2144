package io.arclight.spark.launch;

/** A start of a run failed in a way that another start may survive. */
final class InfrastructureFailure extends Exception {
  private static final long serialVersionUID = 1L;

  InfrastructureFailure(Throwable cause) {
    super(cause);
  }
}
