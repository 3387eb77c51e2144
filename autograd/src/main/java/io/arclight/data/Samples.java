package io.arclight.data;

import java.util.ArrayList;
import java.util.List;

/** Fetches samples one by one, so that an error names its sample. */
final class Samples {
  private Samples() {}

  static <T> List<T> of(Dataset<T> dataset, long[] indices) {
    List<T> out = new ArrayList<>(indices.length);
    for (long index : indices) {
      out.add(get(dataset, index));
    }
    return out;
  }

  static <T> T get(Dataset<T> dataset, long index) {
    try {
      return dataset.get(index);
    } catch (SampleException e) {
      throw e;
    } catch (Exception | LinkageError | StackOverflowError e) {
      throw new SampleException(index, e);
    }
  }

  static void require(long index, long size) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException(
          "sample " + index + " does not exist: the dataset has " + size);
    }
  }
}
