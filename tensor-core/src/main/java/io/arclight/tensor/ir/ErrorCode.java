package io.arclight.tensor.ir;

/** What a kernel found wrong in run-time data. */
public enum ErrorCode {
  NONE,
  INDEX_OUT_OF_RANGE,
  INTEGER_DIVISION_BY_ZERO,
  CLASS_OUT_OF_RANGE,
  INVALID_PROBABILITY,
  OUT_OF_DOMAIN
}
