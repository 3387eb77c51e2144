package io.arclight.spark.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.execution.vectorized.OffHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.Platform;

/**
 * Copies elements of Spark's vectors and arrays as one block of memory.
 *
 * <p>{@code getFloats} of the on-heap vectors would allocate as much as it copies, so their arrays
 * are read through handles. Where something does not fit, the answer is false and nothing is done.
 */
public final class BulkCopy {
  private static final VarHandle BYTES = handle("byteData", byte[].class);
  private static final VarHandle LONGS = handle("longData", long[].class);
  private static final VarHandle FLOATS = handle("floatData", float[].class);
  private static final VarHandle DOUBLES = handle("doubleData", double[].class);

  private BulkCopy() {}

  /**
   * Copies {@code count} elements without nulls from element {@code from} on.
   *
   * @param width bytes of an element
   * @return whether they were copied
   */
  public static boolean of(ColumnVector vector, int from, int count, int width, long address) {
    long bytes = (long) count * width;
    if (vector instanceof OnHeapColumnVector heap) {
      Object array = heap.hasDictionary() ? null : array(heap);
      if (array == null) {
        return false;
      }
      Platform.copyMemory(
          array, Platform.BYTE_ARRAY_OFFSET + (long) from * width, null, address, bytes);
      return true;
    }
    if (vector instanceof OffHeapColumnVector direct && !direct.hasDictionary()) {
      long source = direct.valuesNativeAddress() + (long) from * width;
      Platform.copyMemory(null, source, null, address, bytes);
      return true;
    }
    if (vector instanceof ArrowColumnVector arrow
        && arrow.getValueVector() instanceof BaseFixedWidthVector fixed
        && fixed.getTypeWidth() == width) {
      long source = fixed.getDataBuffer().memoryAddress() + (long) from * width;
      Platform.copyMemory(null, source, null, address, bytes);
      return true;
    }
    return false;
  }

  /**
   * Copies the first {@code count} elements of an array when none of them is null.
   *
   * @param width bytes of an element
   * @return whether they were copied
   */
  public static boolean of(ArrayData array, int count, int width, long address) {
    if (!(array instanceof UnsafeArrayData flat)) {
      return false;
    }
    int header = UnsafeArrayData.calculateHeaderPortionInBytes(count);
    for (int word = Long.BYTES; word < header; word += Long.BYTES) {
      if (Platform.getLong(flat.getBaseObject(), flat.getBaseOffset() + word) != 0) {
        return false;
      }
    }
    Platform.copyMemory(
        flat.getBaseObject(), flat.getBaseOffset() + header, null, address, (long) count * width);
    return true;
  }

  private static Object array(OnHeapColumnVector vector) {
    DataType type = vector.dataType();
    VarHandle handle =
        type instanceof FloatType
            ? FLOATS
            : type instanceof DoubleType
                ? DOUBLES
                : type instanceof LongType ? LONGS : type instanceof ByteType ? BYTES : null;
    return handle == null ? null : handle.get(vector);
  }

  private static VarHandle handle(String field, Class<?> type) {
    try {
      return MethodHandles.privateLookupIn(OnHeapColumnVector.class, MethodHandles.lookup())
          .findVarHandle(OnHeapColumnVector.class, field, type);
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
