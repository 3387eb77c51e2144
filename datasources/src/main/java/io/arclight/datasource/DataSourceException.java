package io.arclight.datasource;

import io.arclight.tensor.TensorException;

/** A file or an option that a data source cannot read: names it, what was found and expected. */
public final class DataSourceException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public DataSourceException(String message) {
    super(message);
  }

  /** Says what was wrong, why, and what to do, and keeps what caused it. */
  public DataSourceException(String message, Throwable cause) {
    super(message, cause);
  }
}
