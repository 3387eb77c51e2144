package io.arclight.distributed;

/** Ranks issued different operations, or the same one with other sizes or types. */
public final class CollectiveMismatchException extends CollectiveException {
  private static final long serialVersionUID = 1L;

  CollectiveMismatchException(String message, Details details) {
    super(message, details);
  }
}
