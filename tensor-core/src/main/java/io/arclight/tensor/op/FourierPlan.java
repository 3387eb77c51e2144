package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How a complex transform of one length is done: in passes of small radices, or, for lengths with
 * larger prime factors, as a convolution of a length without (Bluestein 1970).
 */
final class FourierPlan {
  /** Tag of memory that lives as long as the plans. */
  static final String TABLES = "tables";

  /** The largest prime that is a radix. */
  private static final int LARGEST_PRIME = 13;

  /** Numbers that passes go over at a time, so that they stay in the cache. */
  private static final long AT_ONCE = 16384;

  private record Key(long n, DType dtype, Device device) {}

  private static final Map<Key, FourierPlan> PLANS = new ConcurrentHashMap<>();

  /** Plans that are kept; a program of ever new lengths makes them anew from time to time. */
  private static final int MOST_PLANS = 256;

  private final long n;
  private final DType dtype;
  private final int[] radices;
  private final Tensor[] turns;
  private final Bluestein bluestein;

  private final Device device;

  private FourierPlan(Key key) {
    n = key.n;
    device = key.device;
    dtype = key.dtype;
    radices = radices(n);
    turns = radices == null ? null : new Tensor[radices.length];
    bluestein = radices == null ? new Bluestein(n, dtype, key.device) : null;
    long rest = n;
    for (int i = 0; radices != null && i < radices.length; i++) {
      long m = rest / radices[i];
      turns[i] = m == 1 ? null : turns(rest, radices[i], m, key);
      rest = m;
    }
  }

  static FourierPlan of(long n, DType dtype, Device device) {
    Key key = new Key(n, dtype, device);
    FourierPlan plan = PLANS.get(key);
    if (plan == null) {
      if (PLANS.size() >= MOST_PLANS) {
        PLANS.clear();
      }
      // One for a length that has no passes makes others.
      plan = new FourierPlan(key);
      PLANS.put(key, plan);
    }
    return plan;
  }

  Device device() {
    return device;
  }

  /** Whether a length has passes of its own. */
  static boolean smooth(long n) {
    return radices(n) != null;
  }

  /** The radices of the passes, the largest first; null where a prime is too large. */
  private static int[] radices(long n) {
    long rest = n;
    List<Integer> out = new ArrayList<>();
    while (rest > Butterfly.MOST) {
      int radix = radix(rest, out.isEmpty());
      if (radix == 0) {
        return null;
      }
      out.add(radix);
      rest /= radix;
    }
    if (rest > LARGEST_PRIME && Butterfly.smallestFactor((int) rest) == rest) {
      return null;
    }
    if (rest > 1 || out.isEmpty()) {
      out.add((int) rest);
    }
    return out.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The first pass leaves runs for the others' vectors, of its radix. */
  private static int radix(long n, boolean first) {
    int[] choices = first ? FIRST : LATER;
    if (first && n % 8 == 0 && n < SHORT) {
      // Both passes have as many values side by side as a vector has lanes.
      return 8;
    }
    for (int radix : choices) {
      if (n % radix == 0) {
        return radix;
      }
    }
    return 0;
  }

  private static final long SHORT = 128;

  /** Lengths from which on passes have full vectors of their own. */
  private static final long LONG = 256;

  /** The longest transforms of pairs for which the pass to or from half a spectrum is the more. */
  private static final long LONGEST_HALF = 512;

  private static final int[] FIRST = {16, 8, 12, 10, 9, 15, 14, 4, 6, 5, 3, 7, 2, 11, 13};
  private static final int[] LATER = {8, 4, 5, 3, 7, 2, 11, 13};

  /** The turns exp(-2 pi i k p / length): real parts by k from 1 and p, then imaginary ones. */
  private static Tensor turns(long length, int radix, long m, Key key) {
    double[] out = new double[Math.toIntExact(2L * (radix - 1) * m)];
    for (int k = 1; k < radix; k++) {
      for (long p = 0; p < m; p++) {
        double[] turn = turn(k * p, length);
        out[(int) ((k - 1) * m + p)] = turn[0];
        out[(int) ((radix - 1 + k - 1) * m + p)] = -turn[1];
      }
    }
    return kept(out, key.dtype, key.device);
  }

  /** A table that stays with the plan. */
  static Tensor kept(double[] values, DType dtype, Device device) {
    Tensor table = Tensor.allocate(TABLES, Shape.of(values.length), dtype, device).keep();
    Pointwise.SECOND.evalInto(
        table, table, Matrices.run(ConvertOp.copy(dtype, device), Tensor.of(values)));
    return table;
  }

  /** cos and sin of {@code 2 pi times / length}, from the first eighth of the circle. */
  static double[] turn(long times, long length) {
    long t = times % length;
    long eighth = 8 * t / length;
    // Distance to the nearest multiple of a quarter, exact.
    long quarter = (eighth + 1) / 2;
    double rest = 2 * Math.PI * ((double) (4 * t - quarter * length) / 4 / length);
    double cos = Math.cos(rest);
    double sin = Math.sin(rest);
    return switch ((int) (quarter % 4)) {
      case 0 -> new double[] {cos, sin};
      case 1 -> new double[] {-sin, cos};
      case 2 -> new double[] {-cos, -sin};
      default -> new double[] {sin, -cos};
    };
  }

  /**
   * Transforms {@code batches} runs of n pairs, without gaps, times {@code scale}.
   *
   * @param out other memory than {@code in}, or the same
   */
  void run(Tensor in, Tensor out, long batches, FftOp.Direction direction, double scale) {
    if (bluestein != null) {
      bluestein.run(in, out, batches, direction, scale);
      return;
    }
    long swap = direction == FftOp.Direction.FORWARD ? 0 : 1;
    if (radices.length == 1) {
      FourierPass.only(in, out, batches, radices[0], swap, scale);
      return;
    }
    if (suitsLanes(batches)) {
      lanes(
          batches,
          (first, tiles, last, a, b) -> {
            Tensor from = from(in, 2 * n * first);
            FourierLanes.load(from, turns[0], a, tiles, last, radices[0], n / radices[0], swap);
            int most = radices.length - 1;
            Tensor parts = passes(1, most, a, b, tiles);
            long s = n / radices[most];
            Tensor to = from(out, 2 * n * first);
            FourierLanes.store(parts, to, tiles, last, radices[most], s, swap, scale);
          });
      return;
    }
    long atOnce = Math.max(1, Math.min(batches, AT_ONCE / n));
    Tensor a = Tensor.allocate("FFT", Shape.of(2 * n * atOnce), dtype, out.device());
    Tensor b =
        radices.length < 3
            ? a
            : Tensor.allocate("FFT", Shape.of(2 * n * atOnce), dtype, out.device());
    for (long done = 0; done < batches; done += atOnce) {
      long count = Math.min(atOnce, batches - done);
      run(from(in, 2 * n * done), from(out, 2 * n * done), a, b, count, swap, scale);
    }
  }

  /** Whether so many transforms are better done side by side than each by itself. */
  private boolean suitsLanes(long batches) {
    return radices != null && n < LONG && batches >= FourierLanes.WIDTH / 2;
  }

  /**
   * The same if {@link RealFourier}'s own pass is part of it, which vectors go across for longer.
   */
  boolean suitsHalfLanes(long batches) {
    return radices != null && n <= LONGEST_HALF && batches >= FourierLanes.WIDTH / 2;
  }

  /** As {@link RealFourier}, of n pairs of neighbours. */
  void toHalf(Tensor in, Tensor halfTurns, Tensor out, long batches, double scale) {
    lanes(
        batches,
        (first, tiles, last, a, b) -> {
          Tensor from = from(in, 2 * n * first);
          FourierLanes.load(from, turns[0], a, tiles, last, radices[0], n / radices[0], 0);
          Tensor parts = passes(1, radices.length, a, b, tiles);
          Tensor to = from(out, 2 * (n + 1) * first);
          FourierLanes.toHalf(parts, halfTurns, to, tiles, last, n, scale);
        });
  }

  /** The inverse of {@link #toHalf}. */
  void fromHalf(Tensor in, Tensor halfTurns, Tensor out, long batches, double scale) {
    lanes(
        batches,
        (first, tiles, last, a, b) -> {
          Tensor from = from(in, 2 * (n + 1) * first);
          FourierLanes.fromHalf(from, halfTurns, a, tiles, last, n);
          int most = radices.length - 1;
          Tensor parts = passes(0, most, a, b, tiles);
          long s = n / radices[most];
          Tensor to = from(out, 2 * n * first);
          FourierLanes.store(parts, to, tiles, last, radices[most], s, 1, scale);
        });
  }

  /** What is done with some tiles of {@link FourierLanes}, {@code a} and {@code b} scratch. */
  private interface Tiles {
    void run(long first, long tiles, long last, Tensor a, Tensor b);
  }

  private void lanes(long batches, Tiles work) {
    long all = (batches + FourierLanes.WIDTH - 1) / FourierLanes.WIDTH;
    long atOnce = Math.max(1, Math.min(all, AT_ONCE / (n * FourierLanes.WIDTH)));
    Shape shape = Shape.of(2 * n * atOnce * FourierLanes.WIDTH);
    Tensor a = Tensor.allocate("FFT", shape, dtype, device);
    Tensor b = Tensor.allocate("FFT", shape, dtype, device);
    for (long tile = 0; tile < all; tile += atOnce) {
      long first = tile * FourierLanes.WIDTH;
      work.run(first, Math.min(atOnce, all - tile), batches - 1 - first, a, b);
    }
  }

  /** Passes from {@code begin} to before {@code end} over tiles; the one that has the result. */
  private Tensor passes(int begin, int end, Tensor a, Tensor b, long tiles) {
    Tensor here = a;
    Tensor there = b;
    long s = FourierLanes.WIDTH;
    long m = n;
    for (int i = 0; i < end; i++) {
      m /= radices[i];
      if (i >= begin) {
        FourierPass.middle(here, turns[i], there, tiles, radices[i], m, s);
        Tensor next = here;
        here = there;
        there = next;
      }
      s *= radices[i];
    }
    return here;
  }

  private static Tensor from(Tensor t, long skip) {
    io.arclight.tensor.Layout l = t.layout();
    return skip == 0
        ? t
        : t.withLayout(
            new io.arclight.tensor.Layout(Shape.of(1), new long[] {1}, l.offset() + skip));
  }

  private void run(Tensor in, Tensor out, Tensor a, Tensor b, long count, long swap, double scale) {
    long m = n / radices[0];
    long s = radices[0];
    FourierPass.first(in, turns[0], a, count, radices[0], m, swap);
    Tensor here = a;
    Tensor there = b;
    for (int i = 1; i < radices.length - 1; i++) {
      m /= radices[i];
      FourierPass.middle(here, turns[i], there, count, radices[i], m, s);
      s *= radices[i];
      Tensor next = here;
      here = there;
      there = next;
    }
    FourierPass.last(here, out, count, radices[radices.length - 1], s, swap, scale);
  }
}
