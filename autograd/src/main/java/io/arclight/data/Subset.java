package io.arclight.data;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Some of the samples of a data set, in an order of its own. */
public final class Subset<T> implements Dataset<T> {
  private static final double ROUNDING = 1e-6;

  private final Dataset<T> base;
  private final long[] indices;

  /**
   * @param indices in {@code base}; repeats are allowed
   * @throws IndexOutOfBoundsException naming one that does not exist
   */
  public Subset(Dataset<T> base, long... indices) {
    for (long index : indices) {
      Samples.require(index, base.size());
    }
    this.base = base;
    this.indices = indices.clone();
  }

  @Override
  public long size() {
    return indices.length;
  }

  @Override
  public T get(long index) {
    Samples.require(index, indices.length);
    return base.get(indices[(int) index]);
  }

  @Override
  public Batch batch(long[] ids) {
    long[] inBase = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      Samples.require(ids[i], indices.length);
      inBase[i] = indices[(int) ids[i]];
    }
    return new Batch(base.batch(inBase).columns(), Tensor.of(ids, Shape.of(ids.length)));
  }

  /** Where the samples are in the data set that this is a part of. */
  public long[] indices() {
    return indices.clone();
  }

  static <T> List<Subset<T>> split(Dataset<T> base, long seed, long[] lengths) {
    long total = 0;
    for (long length : lengths) {
      if (length < 0) {
        throw new IllegalArgumentException("randomSplit: a length cannot be " + length);
      }
      total = Math.addExact(total, length);
    }
    if (total != base.size()) {
      throw new IllegalArgumentException(
          "randomSplit: the lengths "
              + Arrays.toString(lengths)
              + " add up to "
              + total
              + ", but there are "
              + base.size()
              + " samples");
    }
    long[] order = Permutation.of(total, seed, 0);
    List<Subset<T>> out = new ArrayList<>();
    int at = 0;
    for (long length : lengths) {
      out.add(new Subset<>(base, Arrays.copyOfRange(order, at, at + (int) length)));
      at += (int) length;
    }
    return out;
  }

  static long[] lengths(long size, double[] fractions) {
    double sum = 0;
    long[] out = new long[fractions.length];
    long left = size;
    for (int i = 0; i < out.length; i++) {
      if (!(fractions[i] >= 0 && fractions[i] <= 1)) {
        throw new IllegalArgumentException(
            "randomSplit: a fraction is 0 to 1, not " + fractions[i]);
      }
      sum += fractions[i];
      out[i] = (long) Math.floor(size * fractions[i]);
      left -= out[i];
    }
    if (Math.abs(sum - 1) > ROUNDING) {
      throw new IllegalArgumentException(
          "randomSplit: the fractions " + Arrays.toString(fractions) + " add up to " + sum);
    }
    for (int i = 0; left != 0; i = (i + 1) % out.length) {
      long step = Long.signum(left);
      out[i] += step;
      left -= step;
    }
    return out;
  }
}
