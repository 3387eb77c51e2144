package io.arclight.spark.launch;

import java.io.IOException;

/** The driver does not hold a snapshot as large as this. */
final class SnapshotLimitException extends IOException {
  private static final long serialVersionUID = 1L;

  SnapshotLimitException(String message) {
    super(message);
  }
}
