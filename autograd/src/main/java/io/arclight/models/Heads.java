package io.arclight.models;

import io.arclight.tensor.Tensor;

/** Rows of features as heads of attention, and back. */
final class Heads {
  private Heads() {}

  /** [b, n, heads * width] as [b, heads, n, width]. */
  static Tensor split(Tensor rows, long heads) {
    return rows.reshape(rows.dim(0), rows.dim(1), heads, rows.dim(2) / heads).transpose(1, 2);
  }

  /** [b, heads, n, width] as [b, n, heads * width]. */
  static Tensor merge(Tensor heads) {
    return heads.transpose(1, 2).flatten(2);
  }
}
