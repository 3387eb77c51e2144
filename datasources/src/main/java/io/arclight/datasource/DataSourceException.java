package io.arclight.datasource;

import io.arclight.tensor.TensorException;

/** A file or an option that a data source cannot read: names it, what was found and expected. */
public final class DataSourceException extends TensorException {
  private static final long serialVersionUID = 1L;

  public DataSourceException(String message) {
    super(message);
  }

  public DataSourceException(String message, Throwable cause) {
    super(message, cause);
  }
}
