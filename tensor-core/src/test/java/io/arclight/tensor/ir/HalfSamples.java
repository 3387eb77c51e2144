package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.SampleData.ROW;
import static io.arclight.tensor.ir.SampleData.read;
import static io.arclight.tensor.ir.SampleData.write;

import io.arclight.tensor.memory.HalfFloats;
import java.util.List;
import java.util.Random;

/** Kernels that convert between float and the half types. */
final class HalfSamples {
  private static final int PATTERNS = 1 << 16;
  private static final int RANDOM = 100_000;

  private HalfSamples() {}

  static List<KernelSample> all() {
    return List.of(
        loads(Type.F16), loads(Type.BF16), stores(Type.F16), stores(Type.BF16), moves(Type.F16));
  }

  /** Every bit pattern to float. */
  static KernelSample loads(Type type) {
    short[] bits = new short[PATTERNS];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) i;
    }
    return sample("loads", type, Type.F32, bits, new float[PATTERNS]);
  }

  /** Numbers at, beside and between all numbers of the type, and random bits, from float. */
  static KernelSample stores(Type type) {
    float[] values = new float[3 * PATTERNS + RANDOM];
    for (int i = 0; i < PATTERNS; i++) {
      float here = value(type, (short) i);
      float next = value(type, (short) (i + 1));
      float middle = (float) (((double) here + next) / 2);
      values[3 * i] = middle;
      values[3 * i + 1] = Math.nextUp(middle);
      values[3 * i + 2] = Math.nextDown(middle);
    }
    Random random = new Random(3);
    for (int i = 3 * PATTERNS; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(random.nextInt());
    }
    return sample("stores", Type.F32, type, values, new short[values.length]);
  }

  private static KernelSample moves(Type type) {
    short[] bits = (short[]) loads(type).buffers().get(0);
    return sample("moves", type, type, bits, new short[bits.length]);
  }

  static float value(Type type, short bits) {
    return type == Type.F16 ? HalfFloats.fromFloat16(bits) : HalfFloats.fromBfloat16(bits);
  }

  private static KernelSample sample(String name, Type from, Type to, Object in, Object out) {
    Kernel kernel =
        new Kernel(
            name,
            List.of(read(from), write(to)),
            List.of(),
            ROW,
            true,
            List.of(new Stmt.Store(1, ROW, Exprs.load(0, ROW, from))));
    String label = name + " " + from + " " + to;
    return new KernelSample(label, kernel, TypedArrays.length(in), List.of(in, out), List.of());
  }
}
