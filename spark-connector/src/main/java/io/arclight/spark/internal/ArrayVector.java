package io.arclight.spark.internal;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;

/** Arrays, or binary values, of a column vector without an object for each row. */
public abstract class ArrayVector {
  private ArrayVector() {}

  /** The arrays of {@code vector}, or null when its class shows them as objects only. */
  public static ArrayVector of(ColumnVector vector) {
    if (vector instanceof WritableColumnVector writable && !writable.hasDictionary()) {
      return new Writable(writable);
    }
    if (vector instanceof ArrowColumnVector arrow
        && arrow.getValueVector() instanceof ListVector list) {
      return new Arrow(arrow, list);
    }
    return null;
  }

  /** Elements of the array in {@code row}. */
  public abstract int length(int row);

  /** Index of its first element in {@link #elements()}. */
  public abstract int offset(int row);

  /** The elements of all arrays. */
  public abstract ColumnVector elements();

  private static final class Writable extends ArrayVector {
    private final WritableColumnVector vector;
    private final ColumnVector elements;

    Writable(WritableColumnVector vector) {
      this.vector = vector;
      this.elements = vector.arrayData();
    }

    @Override
    public int length(int row) {
      return vector.getArrayLength(row);
    }

    @Override
    public int offset(int row) {
      return vector.getArrayOffset(row);
    }

    @Override
    public ColumnVector elements() {
      return elements;
    }
  }

  private static final class Arrow extends ArrayVector {
    private final ArrowBuf offsets;
    private final ColumnVector elements;

    Arrow(ArrowColumnVector vector, ListVector list) {
      this.offsets = list.getOffsetBuffer();
      this.elements = vector.getChild(0);
    }

    @Override
    public int length(int row) {
      return offset(row + 1) - offset(row);
    }

    @Override
    public int offset(int row) {
      return offsets.getInt((long) Integer.BYTES * row);
    }

    @Override
    public ColumnVector elements() {
      return elements;
    }
  }
}
