package io.arclight.tensor.ir;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import sun.misc.Unsafe;

/**
 * A kernel with data to run it on.
 *
 * @param rows how many rows to run
 * @param buffers one array per buffer: double[], float[], long[], int[], short[] (I16, F16, BF16)
 *     or byte[] (I8, U8, BOOL)
 * @param params one value per parameter
 */
public record KernelSample(
    String name, Kernel kernel, long rows, List<Object> buffers, List<Number> params) {
  private static final Unsafe UNSAFE = unsafe();

  /** What a run left in the buffers and the error slot. */
  public record Outcome(List<Object> buffers, long[] error) {}

  /** The bits of buffer {@code i} of an outcome. */
  public long[] bits(Outcome outcome, int i) {
    return bits(kernel.buffers().get(i).type(), outcome.buffers().get(i));
  }

  @Override
  public String toString() {
    return name;
  }

  /** Compiles and runs all rows in one call. */
  public Outcome run(Function<Kernel, CompiledKernel> reader) {
    return run(reader.apply(kernel), rows);
  }

  /** Runs on copies of the buffers, {@code chunk} rows a call. */
  public Outcome run(CompiledKernel compiled, long chunk) {
    List<Long> memory = new ArrayList<>();
    long args = allocate(memory, kernel.argumentBytes());
    try {
      int slot = 0;
      for (Object buffer : buffers) {
        long address = allocate(memory, (long) Array.getLength(buffer) * scale(buffer));
        UNSAFE.copyMemory(
            buffer, base(buffer), null, address, (long) Array.getLength(buffer) * scale(buffer));
        UNSAFE.putLong(args + 8L * slot++, address);
      }
      for (int i = 0; i < params.size(); i++) {
        UNSAFE.putLong(args + 8L * slot++, bits(kernel.params().get(i), params.get(i)));
      }
      long errorSlot = allocate(memory, Kernel.ERROR_SLOT_BYTES);
      UNSAFE.setMemory(errorSlot, Kernel.ERROR_SLOT_BYTES, (byte) 0);
      UNSAFE.putLong(args + 8L * slot, errorSlot);
      for (long begin = 0; begin < rows; begin += Math.max(1, chunk)) {
        compiled.run(args, begin, Math.min(rows, begin + Math.max(1, chunk)));
      }
      List<Object> results = new ArrayList<>();
      for (int i = 0; i < buffers.size(); i++) {
        Object buffer = buffers.get(i);
        int length = Array.getLength(buffer);
        Object result = Array.newInstance(buffer.getClass().getComponentType(), length);
        long address = UNSAFE.getLong(args + 8L * i);
        UNSAFE.copyMemory(null, address, result, base(result), (long) length * scale(result));
        results.add(result);
      }
      long[] error = new long[3];
      for (int i = 0; i < error.length; i++) {
        error[i] = UNSAFE.getLong(errorSlot + 8L * i);
      }
      return new Outcome(results, error);
    } finally {
      memory.forEach(UNSAFE::freeMemory);
    }
  }

  /** The raw bits of each element, all NaNs alike: what "bit for bit" compares. */
  public static long[] bits(Type type, Object array) {
    long[] bits = bits(array);
    if (type.isHalf()) {
      int infinity = type == Type.F16 ? 0x7c00 : 0x7f80;
      for (int i = 0; i < bits.length; i++) {
        bits[i] = (bits[i] & 0x7fff) > infinity ? 0x7fff : bits[i];
      }
    }
    return bits;
  }

  /** As {@link #bits(Type, Object)}, where halves are just numbers. */
  private static long[] bits(Object array) {
    long[] bits = new long[Array.getLength(array)];
    for (int i = 0; i < bits.length; i++) {
      if (array instanceof float[] floats) {
        bits[i] = Float.floatToIntBits(floats[i]);
      } else if (array instanceof double[] doubles) {
        bits[i] = Double.doubleToLongBits(doubles[i]);
      } else {
        bits[i] = Array.getLong(array, i);
      }
    }
    return bits;
  }

  /** A parameter's slot in the argument block. */
  public static long bits(Type type, Number value) {
    return switch (type) {
      case F64 -> Double.doubleToRawLongBits(value.doubleValue());
      case F32 -> Float.floatToRawIntBits(value.floatValue()) & 0xffffffffL;
      case I64 -> value.longValue();
      case I32, BOOL -> value.intValue();
      default -> throw new IllegalArgumentException(type + " is not a value type");
    };
  }

  private static long allocate(List<Long> memory, long bytes) {
    long address = UNSAFE.allocateMemory(Math.max(1, bytes));
    memory.add(address);
    return address;
  }

  private static long base(Object array) {
    return UNSAFE.arrayBaseOffset(array.getClass());
  }

  private static long scale(Object array) {
    return UNSAFE.arrayIndexScale(array.getClass());
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
