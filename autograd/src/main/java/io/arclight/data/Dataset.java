package io.arclight.data;

/** Samples that can be had by index. */
public interface Dataset {

  /** Number of samples. */
  long size();

  /**
   * The samples at {@code indices}, in that order; their ids are the indices.
   *
   * @throws IndexOutOfBoundsException naming the index and the size
   */
  Batch batch(long[] indices);
}
