package io.arclight.tensor.op;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** The sizes and memory layouts of samples' inputs: as their authors wrote them, or at random. */
final class SampleShapes {
  static final SampleShapes AS_DECLARED = new SampleShapes(null);

  private final Random random;
  private final Map<Long, Long> sizes = new HashMap<>();

  private SampleShapes(Random random) {
    this.random = random;
  }

  static SampleShapes random(long seed) {
    return new SampleShapes(new Random(seed));
  }

  /** What stands for the size {@code declared}; 0 and 1 stay, as samples mean them. */
  long size(long declared) {
    if (random == null || declared < 2) {
      return declared;
    }
    return sizes.computeIfAbsent(declared, this::draw);
  }

  private long draw(long declared) {
    int kind = random.nextInt(20);
    if (kind == 0) {
      return 0;
    }
    if (kind < 3) {
      return 1;
    }
    return declared > 16 ? 17 + random.nextInt(60) : 2 + random.nextInt(8);
  }

  Shape shape(long... declared) {
    long[] dims = new long[declared.length];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = size(declared[i]);
    }
    return Shape.of(dims);
  }

  /** The same values, perhaps with gaps, an offset and dimensions in another order. */
  Tensor layOut(Tensor dense) {
    int rank = dense.rank();
    if (random == null || rank == 0 || random.nextBoolean()) {
      return dense;
    }
    int[] order = new int[rank];
    long[] dims = new long[rank];
    for (int i = 0; i < rank; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    int gap = random.nextInt(rank);
    for (int i = 0; i < rank; i++) {
      dims[order[i]] = dense.dim(i) * (i == gap ? 2 : 1);
    }
    Tensor wide = Tensor.zeros(Shape.of(dims), dense.dtype(), dense.device()).permute(order);
    return wide.slice(gap, 1, Long.MAX_VALUE, 2).copyInPlace(dense);
  }
}
