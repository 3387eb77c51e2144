package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.RandomKernels;
import io.arclight.tensor.op.SamplingKernels;
import io.arclight.tensor.op.StandardGammaOp;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A stream of random tensors: a seed and a position. The same seed gives the same values on every
 * device and any number of threads.
 */
public final class Generator {
  private static final Generator PROCESS = new Generator(0x5EED);

  private volatile long seed;
  private final AtomicLong offset = new AtomicLong();

  public Generator(long seed) {
    this.seed = seed;
  }

  /** The stream behind {@code Tensor.rand} and its like: the thread's, else the process's. */
  public static Generator standard() {
    return Context.current().generator();
  }

  static Generator process() {
    return PROCESS;
  }

  /** Starts the stream of {@code seed} from its beginning. */
  public Generator manualSeed(long seed) {
    this.seed = seed;
    offset.set(0);
    return this;
  }

  public long seed() {
    return seed;
  }

  /** All there is to a stream: its seed, and how much of it has been drawn. */
  public record State(long seed, long offset) {}

  /** Where the stream is; for {@link #state(State)}. */
  public State state() {
    return new State(seed, offset.get());
  }

  /** Continues where {@code saved} was taken. */
  public Generator state(State saved) {
    seed = saved.seed;
    offset.set(saved.offset);
    return this;
  }

  /** Starts the stream of a seed that nobody can guess, and gives it. */
  public long seedRandomly() {
    long next = new SecureRandom().nextLong();
    manualSeed(next);
    return next;
  }

  private long take(long n) {
    return offset.getAndAdd(n);
  }

  private static long numbers(Shape shape, DType dtype) {
    return dtype.isComplex() ? 2 * shape.elements() : shape.elements();
  }

  /** Uniform on [0, 1); both parts of complex numbers. */
  public Tensor uniform(Shape shape, DType dtype, Device device) {
    requireFloat("rand", dtype.toReal());
    return RandomKernels.uniform(shape, dtype, device, seed, take(numbers(shape, dtype)));
  }

  /** Standard normal; complex numbers have variance 1, a half in each part. */
  public Tensor normal(Shape shape, DType dtype, Device device) {
    requireFloat("randn", dtype.toReal());
    Tensor out = RandomKernels.normal(shape, dtype, device, seed, take(numbers(shape, dtype)));
    return dtype.isComplex() ? out.mul(Math.sqrt(0.5)) : out;
  }

  /** Exponential of rate 1, on [0, infinity). */
  public Tensor exponential(Shape shape, DType dtype, Device device) {
    requireFloat("exponential", dtype);
    return RandomKernels.exponential(shape, dtype, device, seed, take(shape.elements()));
  }

  /** int64, uniform on [low, high). */
  public Tensor integers(long low, long high, Shape shape, Device device) {
    if (high <= low) {
      throw new TensorException("randint: empty range [" + low + ", " + high + ")");
    }
    return RandomKernels.bits(shape, device, seed, take(shape.elements()))
        .remainder(high - low)
        .add(low);
  }

  /** int64 [n], a uniformly random order of 0 .. n-1. */
  public Tensor permutation(long n) {
    long[] keys = RandomKernels.bits(Shape.of(n), Device.CPU, seed, take(n)).toLongs();
    long[] order = new long[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    for (int i = order.length - 1; i > 0; i--) {
      int j = (int) (keys[i] % (i + 1));
      long swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return Tensor.of(order);
  }

  /**
   * 1 with the probability that {@code p} says, else 0; of its shape and dtype.
   *
   * @throws DataException for a probability outside [0, 1]
   */
  public Tensor bernoulli(Tensor p) {
    requireFloat("bernoulli", p.dtype());
    return SamplingKernels.sample(SamplingKernels.Draw.BERNOULLI, p, seed, take(p.elements()));
  }

  /**
   * Gamma variates of rate 1, of the shape and dtype of the shape parameters {@code alpha},
   * differentiable.
   *
   * @throws DataException for one that is not positive
   */
  public Tensor standardGamma(Tensor alpha) {
    return Tensor.apply(new StandardGammaOp(seed, take(alpha.elements())), alpha);
  }

  /**
   * Poisson variates of the rates {@code rate}, of its shape and dtype.
   *
   * @throws DataException for a rate that is negative or not finite
   */
  public Tensor poisson(Tensor rate) {
    requireFloat("poisson", rate.dtype());
    return SamplingKernels.sample(SamplingKernels.Draw.POISSON, rate, seed, take(rate.elements()));
  }

  /** Whether what is drawn goes back. */
  public enum Replacement {
    WITHOUT,
    WITH
  }

  /**
   * Classes drawn by their weights.
   *
   * @param weights [classes] or [rows, classes], not negative; they need not sum to 1
   * @return int64 [n] or [rows, n]
   * @throws DataException for weights that are negative, not finite or all 0, or if there are fewer
   *     than {@code n} to draw without replacement
   */
  public Tensor multinomial(Tensor weights, long n, Replacement replacement) {
    requireFloat("multinomial", weights.dtype());
    if (weights.rank() < 1 || weights.rank() > 2 || n < 1) {
      throw new ShapeException(
          "multinomial: expects weights of shape [classes] or [rows, classes] and at least one"
              + " draw, got "
              + weights.shape()
              + " and "
              + n);
    }
    Tensor p = weights.detach().to(DType.FLOAT64);
    requireWeights(p, n, replacement);
    long[] sizes = p.shape().toArray();
    if (replacement == Replacement.WITHOUT) {
      // The first to arrive of independent exponential waits of these rates (Efraimidis, 2006).
      Tensor waits = exponential(p.shape(), p.dtype(), p.device()).clamp(Double.MIN_NORMAL, null);
      return p.div(waits).topk(n).indices();
    }
    Tensor sums = p.cumsum(-1);
    sizes[sizes.length - 1] = n;
    // Below the total after rounding too.
    Tensor u = uniform(Shape.of(sizes), p.dtype(), p.device()).mul(1 - 0x1p-52);
    return sums.searchsorted(u.mul(sums.narrow(-1, p.dim(-1) - 1, 1)), Side.RIGHT);
  }

  private static void requireWeights(Tensor p, long n, Replacement replacement) {
    if (p.elements() == 0 || p.ge(0).logicalAnd(p.isfinite()).all().item() == 0) {
      throw new DataException("multinomial: weights must be finite, not negative, and some");
    }
    Tensor positive = p.gt(0).sum(Dim.of(-1), Dim.Keep.DROP);
    long least = (long) positive.amin(Dim.ALL, Dim.Keep.DROP).item();
    long needed = replacement == Replacement.WITHOUT ? n : 1;
    if (least < needed) {
      throw new DataException(
          "multinomial: "
              + n
              + " draws "
              + replacement.name().toLowerCase(Locale.ROOT)
              + " replacement need "
              + needed
              + " classes of positive weight, but a row has "
              + least);
    }
  }

  /**
   * Zeroes elements of {@code x} with probability {@code p} and scales the others by 1 / (1 - p).
   * Keyed by sample where the thread's {@link Context#sampleRandom()} covers {@code x}.
   */
  public Tensor dropout(Tensor x, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new TensorException("dropout: the probability must be in [0, 1], not " + p);
    }
    if (p == 0) {
      return x;
    }
    if (p == 1) {
      return x.mul(0);
    }
    SampleRandom samples = Context.current().sampleRandom();
    Tensor mask;
    if (samples != null && samples.covers(x)) {
      mask = RandomKernels.mask(x.shape(), samples.sampleIds(), 1 - p, samples.nextKey());
    } else {
      Shape rows = x.rank() == 0 ? Shape.of(1) : x.shape();
      Tensor ids = Tensor.arange(0, rows.dim(0), 1, DType.INT64, x.device());
      mask = RandomKernels.mask(rows, ids, 1 - p, Philox.mix(seed, take(1))).reshape(x.shape());
    }
    return Tensor.apply(Pointwise.MASKED_SCALE.with(null, null, 1 / (1 - p)), x, mask);
  }

  private static void requireFloat(String op, DType dtype) {
    if (!dtype.isFloatingPoint()) {
      throw new DTypeException(op + ": needs a floating-point dtype, not " + dtype);
    }
  }
}
