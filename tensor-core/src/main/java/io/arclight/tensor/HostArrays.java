package io.arclight.tensor;

import io.arclight.tensor.memory.HostMemory;
import java.lang.ref.Reference;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tensors from, and to, Java arrays of any rank. */
final class HostArrays {
  private HostArrays() {}

  static Tensor from(Object array) {
    List<Long> dims = new ArrayList<>();
    Object first = array;
    while (first != null && first.getClass().isArray()) {
      int n = Array.getLength(first);
      dims.add((long) n);
      Class<?> element = first.getClass().getComponentType();
      if (element.isPrimitive()) {
        return nested(array, element, dims);
      }
      if (n == 0) {
        // What is missing has size 0 too.
        while (element.isArray()) {
          dims.add(0L);
          element = element.getComponentType();
        }
        return Tensor.empty(shape(dims), dtype(element), Device.CPU);
      }
      first = Array.get(first, 0);
    }
    if (dims.isEmpty() && (array instanceof Number || array instanceof Boolean)) {
      return number(array);
    }
    throw new DTypeException(
        "from: expects an array of primitive numbers or booleans of any rank, or a number, got "
            + (array == null ? "null" : array.getClass().getTypeName()));
  }

  private static Tensor number(Object value) {
    if (value instanceof Boolean b) {
      return Tensors.fromBooleans(new boolean[] {b}, Shape.SCALAR);
    }
    DType dtype =
        value instanceof Float
            ? DType.FLOAT32
            : value instanceof Double
                ? DType.FLOAT64
                : value instanceof Integer
                    ? DType.INT32
                    : value instanceof Short
                        ? DType.INT16
                        : value instanceof Byte ? DType.INT8 : DType.INT64;
    return Tensor.full(Shape.SCALAR, (Number) value, dtype, Device.CPU);
  }

  private static Shape shape(List<Long> dims) {
    return Shape.of(dims.stream().mapToLong(d -> d).toArray());
  }

  private static DType dtype(Class<?> element) {
    for (DType t :
        List.of(
            DType.FLOAT32,
            DType.FLOAT64,
            DType.INT64,
            DType.INT32,
            DType.INT16,
            DType.INT8,
            DType.BOOL)) {
      if (element(t) == element) {
        return t;
      }
    }
    throw new DTypeException("from: arrays of " + element + " do not hold numbers or booleans");
  }

  /** The Java type that holds the values of {@code dtype}. */
  private static Class<?> element(DType dtype) {
    if (dtype.isComplex()) {
      throw new DTypeException(
          "Java has no array of " + dtype + ": use toComplex(), or viewAsReal() before");
    }
    if (dtype == DType.BOOL) {
      return boolean.class;
    }
    if (dtype.isFloatingPoint()) {
      return dtype == DType.FLOAT64 ? double.class : float.class;
    }
    return switch (dtype.bytes()) {
      case 8 -> long.class;
      case 4 -> int.class;
      case 2 -> short.class;
      default -> dtype.type().least() < 0 ? byte.class : short.class;
    };
  }

  private static Tensor nested(Object array, Class<?> element, List<Long> dims) {
    Tensor out = Tensor.allocate("from", shape(dims), dtype(element), Device.CPU);
    fill(array, element.arrayType(), out, 0, out.address());
    return out;
  }

  /** Returns the address after what was written. */
  private static long fill(Object array, Class<?> row, Tensor out, int depth, long at) {
    boolean last = depth == out.rank() - 1;
    if (array != null && !(last ? array.getClass() == row : array instanceof Object[])) {
      throw new DTypeException(
          "from: at depth "
              + depth
              + " stands "
              + array.getClass().getTypeName()
              + " beside arrays that end in "
              + row.getTypeName()
              + ": all must be of one type");
    }
    boolean fits = array != null;
    if (!fits || Array.getLength(array) != out.dim(depth)) {
      throw new ShapeException(
          "from: an array at depth "
              + depth
              + " has "
              + (fits ? Array.getLength(array) + " elements" : "no elements (null)")
              + " where the first has "
              + out.dim(depth)
              + ": all must be of one length");
    }
    if (last) {
      return at + HostMemory.copyIn(array, at);
    }
    for (Object part : (Object[]) array) {
      at = fill(part, row, out, depth + 1, at);
    }
    return at;
  }

  static void requireOne(Tensor t) {
    if (t.elements() != 1) {
      throw new ShapeException("item: expects one element, got shape " + t.shape());
    }
  }

  /** The elements, converted to {@code dtype}, as one Java array. */
  static Object flat(Tensor t, DType dtype) {
    Tensor h = onHost(t, dtype);
    Object out = Array.newInstance(element(dtype), Math.toIntExact(t.elements()));
    HostMemory.copyOut(h.address(), out);
    Reference.reachabilityFence(h);
    return out;
  }

  private static Tensor onHost(Tensor t, DType dtype) {
    try (Context.Restore quiet = Context.current().gradMode(false)) {
      Tensor h = Tensors.onHost(t);
      return h.to(dtype);
    }
  }

  private static DType javaDType(Tensor t) {
    return dtype(element(t.dtype()));
  }

  static Object toArray(Tensor t) {
    DType dtype = javaDType(t);
    Object flat = flat(t, dtype);
    if (t.rank() == 0) {
      return Array.get(flat, 0);
    }
    return part(flat, element(dtype), t.shape().toArray(), 0, new int[1]);
  }

  private static Object part(Object flat, Class<?> element, long[] dims, int depth, int[] at) {
    int n = Math.toIntExact(dims[depth]);
    if (depth == dims.length - 1) {
      Object row = Array.newInstance(element, n);
      System.arraycopy(flat, at[0], row, 0, n);
      at[0] += n;
      return row;
    }
    Class<?> type = element;
    for (int d = depth + 1; d < dims.length; d++) {
      type = type.arrayType();
    }
    Object rows = Array.newInstance(type, n);
    for (int i = 0; i < n; i++) {
      Array.set(rows, i, part(flat, element, dims, depth + 1, at));
    }
    return rows;
  }

  static Object toList(Tensor t) {
    return list(toArray(t));
  }

  private static Object list(Object value) {
    if (!value.getClass().isArray()) {
      return value;
    }
    Object[] out = new Object[Array.getLength(value)];
    for (int i = 0; i < out.length; i++) {
      out[i] = list(Array.get(value, i));
    }
    return Arrays.asList(out);
  }
}
