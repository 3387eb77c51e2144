package io.arclight.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The samples of several data sets, one after the other. */
public final class ConcatDataset<T> implements Dataset<T> {
  private final List<Dataset<? extends T>> parts;

  /** Where each part ends. */
  private final long[] ends;

  /** The parts, one behind the other. */
  public ConcatDataset(List<? extends Dataset<? extends T>> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("ConcatDataset: needs at least one dataset");
    }
    this.parts = new ArrayList<>(parts);
    ends = new long[parts.size()];
    long total = 0;
    for (int i = 0; i < ends.length; i++) {
      total = Math.addExact(total, parts.get(i).size());
      ends[i] = total;
    }
  }

  @Override
  public long size() {
    return ends[ends.length - 1];
  }

  @Override
  public T get(long index) {
    Samples.require(index, size());
    int part = part(index);
    return parts.get(part).get(index - begin(part));
  }

  private int part(long index) {
    int found = Arrays.binarySearch(ends, index);
    int part = found < 0 ? -found - 1 : found + 1;
    while (ends[part] == index) {
      part++; // parts without samples
    }
    return part;
  }

  private long begin(int part) {
    return part == 0 ? 0 : ends[part - 1];
  }
}
