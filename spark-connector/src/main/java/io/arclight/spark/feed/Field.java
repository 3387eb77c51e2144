package io.arclight.spark.feed;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import java.io.Serializable;
import java.util.List;

/**
 * One tensor of the batches.
 *
 * @param name name in the batch
 * @param dtype element type
 * @param sizes shape of one row; empty for a scalar
 */
public record Field(String name, DType dtype, List<Long> sizes) implements Serializable {

  public Field {
    sizes = List.copyOf(sizes);
  }

  /** Shape of one row. */
  public Shape rowShape() {
    return Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
  }

  /** Shape of {@code rows} rows. */
  public Shape shape(long rows) {
    long[] all = new long[sizes.size() + 1];
    all[0] = rows;
    for (int i = 0; i < sizes.size(); i++) {
      all[i + 1] = sizes.get(i);
    }
    return Shape.of(all);
  }

  /** Elements of one row. */
  public int width() {
    return Math.toIntExact(rowShape().elements());
  }

  /** Bytes of one row. */
  public int rowBytes() {
    return Math.multiplyExact(width(), dtype.bytes());
  }
}
