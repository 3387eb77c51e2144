package io.arclight.tensor;

import io.arclight.tensor.memory.HostMemory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Arrow vectors as tensors and back. Needs {@code arrow-vector} on the class path, which the rest
 * of the library does without.
 *
 * <pre>{@code
 * Tensor pixels = ArrowVectors.from(root.getVector("pixels")); // float32 [rows, 784]
 * }</pre>
 */
public final class ArrowVectors {
  private ArrowVectors() {}

  /**
   * The values of a vector of numbers, or of lists of one length, a dimension for each level. The
   * memory is the vector's own, which it retains; bits are copied.
   *
   * @throws DataException if there are nulls
   * @throws ShapeException if lists differ in length
   * @throws DTypeException if values are of another type
   */
  public static Tensor from(FieldVector vector) {
    List<Long> dims = new ArrayList<>();
    String name = vector.getName();
    FieldVector values = vector;
    long first = 0;
    long count = vector.getValueCount();
    dims.add(count);
    while (true) {
      requireNoNulls(name, values);
      long length;
      if (values instanceof FixedSizeListVector lists) {
        length = lists.getListSize();
        first *= length;
        values = lists.getDataVector();
      } else if (values instanceof ListVector lists) {
        length = length(name, lists, first, count);
        first = count == 0 ? 0 : lists.getElementStartIndex((int) first);
        values = lists.getDataVector();
      } else {
        break;
      }
      dims.add(length);
      count *= length;
    }
    Shape shape = Shape.of(dims.stream().mapToLong(n -> n).toArray());
    return values instanceof BitVector bits
        ? unpack(bits, first, shape)
        : share(name, values, first, shape);
  }

  private static void requireNoNulls(String name, FieldVector values) {
    int nulls = values.getNullCount();
    if (nulls > 0) {
      throw new DataException(
          "Arrow vector '"
              + name
              + "' has "
              + nulls
              + " nulls among "
              + values.getValueCount()
              + " values, which tensors cannot hold: fill or drop them first");
    }
  }

  /** The length that all lists from {@code first} on have. */
  private static long length(String name, ListVector lists, long first, long count) {
    long length = -1;
    for (long i = first; i < first + count; i++) {
      int at = Math.toIntExact(i);
      long here = (long) lists.getElementEndIndex(at) - lists.getElementStartIndex(at);
      if (length >= 0 && here != length) {
        throw new ShapeException(
            "Arrow vector '"
                + name
                + "': list "
                + i
                + " has "
                + here
                + " elements where others have "
                + length
                + ": all must be of one length");
      }
      length = here;
    }
    return Math.max(0, length);
  }

  private static Tensor share(String name, FieldVector values, long first, Shape shape) {
    DType dtype = dtype(name, values);
    if (shape.elements() == 0) {
      return Tensor.empty(shape, dtype, Device.CPU);
    }
    ArrowBuf memory = values.getDataBuffer();
    long address = memory.memoryAddress() + first * dtype.bytes();
    if (address % dtype.bytes() == 0) {
      memory.getReferenceManager().retain();
      return Tensor.adopt(
          Device.CPU, address, shape, dtype, () -> memory.getReferenceManager().release());
    }
    Tensor out = Tensor.allocate("arrow", shape, dtype, Device.CPU);
    HostMemory.copy(address, out.address(), shape.elements() * dtype.bytes());
    return out;
  }

  private static DType dtype(String name, FieldVector values) {
    ArrowType type = values.getField().getType();
    if (values instanceof BaseFixedWidthVector) {
      if (values instanceof UInt1Vector) {
        return DType.UINT8;
      }
      for (DType t : DType.values()) {
        if (type.equals(type(t))) {
          return t;
        }
      }
    }
    throw new DTypeException(
        "Arrow vector '" + name + "' of type " + type + " has no equal dtype: cast it first");
  }

  /** The Arrow type of a dtype's values; null where this version of Arrow has none. */
  private static ArrowType type(DType dtype) {
    if (dtype == DType.BOOL) {
      return ArrowType.Bool.INSTANCE;
    }
    if (dtype.isInteger()) {
      return new ArrowType.Int(8 * dtype.bytes(), dtype.type().least() < 0);
    }
    return dtype == DType.FLOAT32
        ? new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)
        : dtype == DType.FLOAT64
            ? new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)
            : null;
  }

  private static Tensor unpack(BitVector bits, long first, Shape shape) {
    Tensor out = Tensor.allocate("arrow", shape, DType.BOOL, Device.CPU);
    for (int i = 0; i < shape.elements(); i++) {
      HostMemory.putInt8(out.address() + i, (byte) bits.get(Math.toIntExact(first + i)));
    }
    return out;
  }

  /**
   * A copy of {@code t} as a vector with a value for each index of dimension 0: numbers, or, above
   * one dimension, lists of fixed size. The caller closes it.
   *
   * @throws DTypeException for a dtype that Arrow lacks
   * @throws ShapeException if {@code t} has no dimensions
   */
  public static FieldVector to(String name, Tensor t, BufferAllocator allocator) {
    if (t.rank() == 0) {
      throw new ShapeException("a tensor without dimensions is no vector: unsqueeze(0) it first");
    }
    ArrowType type = type(t.dtype());
    if (type == null) {
      throw new DTypeException(
          "Arrow vectors cannot hold " + t.dtype() + ": convert it to float32 or float64");
    }
    Field field = Field.notNullable(t.rank() == 1 ? name : "element", type);
    for (int d = t.rank() - 1; d > 0; d--) {
      ArrowType list = new ArrowType.FixedSizeList(Math.toIntExact(t.dim(d)));
      field = new Field(d == 1 ? name : "element", FieldType.notNullable(list), List.of(field));
    }
    FieldVector out = field.createVector(allocator);
    try {
      fill(out, t);
      return out;
    } catch (RuntimeException e) {
      out.close();
      throw e;
    }
  }

  private static void fill(FieldVector vector, Tensor t) {
    FieldVector values = vector;
    int count = Math.toIntExact(t.dim(0));
    for (int d = 1; d < t.rank(); d++) {
      FixedSizeListVector lists = (FixedSizeListVector) values;
      lists.setInitialCapacity(count);
      lists.allocateNew();
      for (int i = 0; i < count; i++) {
        lists.setNotNull(i);
      }
      values = lists.getDataVector();
      count = Math.multiplyExact(count, Math.toIntExact(t.dim(d)));
    }
    BaseFixedWidthVector leaf = (BaseFixedWidthVector) values;
    leaf.allocateNew(count);
    Tensor h = Tensors.onHost(t);
    for (int i = 0; i < count; i++) {
      leaf.setIndexDefined(i);
    }
    if (leaf instanceof BitVector bits) {
      for (int i = 0; i < count; i++) {
        bits.set(i, HostMemory.int8(h.address() + i));
      }
    } else {
      HostMemory.copy(
          h.address(), leaf.getDataBuffer().memoryAddress(), (long) count * t.dtype().bytes());
    }
    Reference.reachabilityFence(h);
    leaf.setValueCount(count);
    setCounts(vector, t);
  }

  private static void setCounts(FieldVector vector, Tensor t) {
    FieldVector values = vector;
    int count = Math.toIntExact(t.dim(0));
    for (int d = 1; d < t.rank(); d++) {
      values.setValueCount(count);
      values = ((FixedSizeListVector) values).getDataVector();
      count *= Math.toIntExact(t.dim(d));
    }
  }
}
