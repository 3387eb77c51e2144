package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.RandomKernels;
import io.arclight.tensor.op.SamplingKernels;
import io.arclight.tensor.op.StandardGammaOp;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A stream of random tensors: a seed and a position. The same seed gives the same values on every
 * device and any number of threads.
 */
public final class Generator {
  private static final Generator PROCESS = new Generator(0x5EED);

  private volatile long seed;
  private boolean blank;
  private final AtomicLong offset = new AtomicLong();

  /** The stream of {@code seed}, at its beginning. */
  public Generator(long seed) {
    this.seed = seed;
  }

  /** The stream behind {@code Tensor.rand} and its like: the thread's, else the process's. */
  public static Generator standard() {
    return Context.current().generator();
  }

  /** One whose uniform and normal values are what memory holds: for what is overwritten. */
  public static Generator blank() {
    Generator out = new Generator(0);
    out.blank = true;
    return out;
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

  /** The seed that the stream began with. */
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

  /** A stream of its own at the same place: it draws the same again. */
  public Generator fork() {
    Generator out = new Generator(seed);
    out.blank = blank;
    out.offset.set(offset.get());
    return out;
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
    return draw(
        "rand",
        shape,
        s ->
            blank
                ? Tensor.allocate("rand", s, dtype, device)
                : RandomKernels.uniform(s, dtype, device, seed, take(numbers(s, dtype))));
  }

  /** Standard normal; complex numbers have variance 1, a half in each part. */
  public Tensor normal(Shape shape, DType dtype, Device device) {
    requireFloat("randn", dtype.toReal());
    Tensor out =
        draw(
            "randn",
            shape,
            s ->
                blank
                    ? Tensor.allocate("randn", s, dtype, device)
                    : RandomKernels.normal(s, dtype, device, seed, take(numbers(s, dtype))));
    return dtype.isComplex() ? out.mul(Math.sqrt(0.5)) : out;
  }

  /** Exponential of rate 1, on [0, infinity). */
  public Tensor exponential(Shape shape, DType dtype, Device device) {
    requireFloat("exponential", dtype);
    return draw(
        "exponential",
        shape,
        s -> RandomKernels.exponential(s, dtype, device, seed, take(s.elements())));
  }

  /** int64, uniform on [low, high). */
  public Tensor integers(long low, long high, Shape shape, Device device) {
    if (high <= low) {
      throw new TensorException("randint: empty range [" + low + ", " + high + ")");
    }
    return draw("randint", shape, s -> RandomKernels.bits(s, device, seed, take(s.elements())))
        .remainder(high - low)
        .add(low);
  }

  /** int64 [n], a uniformly random order of 0 .. n-1. */
  public Tensor permutation(long n) {
    return draw("randperm", Shape.of(n), this::permutations);
  }

  /** Permutations along the last dimension. */
  private Tensor permutations(Shape shape) {
    long[] keys = RandomKernels.bits(shape, Device.CPU, seed, take(shape.elements())).toLongs();
    long[] order = new long[keys.length];
    int n = (int) shape.dim(-1);
    for (int row = 0; row < order.length; row += n) {
      for (int i = 0; i < n; i++) {
        order[row + i] = i;
      }
      for (int i = n - 1; i > 0; i--) {
        int j = (int) (keys[row + i] % (i + 1));
        long swap = order[row + i];
        order[row + i] = order[row + j];
        order[row + j] = swap;
      }
    }
    return Tensor.of(order, shape);
  }

  private static Tensor draw(String op, Shape shape, Function<Shape, Tensor> kernel) {
    VmapLevel level = Context.current().vmap();
    return level == null ? kernel.apply(shape) : level.random(op, shape, kernel);
  }

  /**
   * 1 with the probability that {@code p} says, else 0; of its shape and dtype.
   *
   * @throws DataException for a probability outside [0, 1]
   */
  public Tensor bernoulli(Tensor p) {
    requireFloat("bernoulli", p.dtype());
    return VmapLevel.behind(
        VmapLevel.drawing("bernoulli", p),
        t -> SamplingKernels.sample(SamplingKernels.Draw.BERNOULLI, t, seed, take(t.elements())));
  }

  /**
   * Poisson variates of the rates {@code rate}, of its shape and dtype.
   *
   * @throws DataException for a rate that is negative or not finite
   */
  public Tensor poisson(Tensor rate) {
    requireFloat("poisson", rate.dtype());
    return VmapLevel.behind(
        VmapLevel.drawing("poisson", rate),
        t -> SamplingKernels.sample(SamplingKernels.Draw.POISSON, t, seed, take(t.elements())));
  }

  /** Whether a category may be drawn several times. */
  public enum Replacement {
    WITH,
    WITHOUT
  }

  /**
   * int64: {@code count} categories, drawn in proportion to {@code weights}.
   *
   * @param weights floating-point, [categories] or [rows, categories], not negative
   * @throws DataException for a weight that is negative or not finite, or too few above 0
   */
  public Tensor multinomial(Tensor weights, long count, Replacement replacement) {
    return Multinomial.sample(this, weights, count, replacement);
  }

  /**
   * Gamma variates of rate 1, of the shape and dtype of the shape parameters {@code alpha},
   * differentiable.
   *
   * @throws DataException for one that is not positive
   */
  public Tensor standardGamma(Tensor alpha) {
    Tensor each = VmapLevel.drawing("standardGamma", alpha);
    long count = each.elements() * VmapLevel.copies(each);
    return Tensor.apply(new StandardGammaOp(seed, take(count)), each);
  }

  /**
   * Zeroes elements with probability {@code p}, scales the others by {@code 1 / (1 - p)}. Where the
   * thread has keys for the rows of {@code x} the mask is drawn by sample, else from this stream.
   */
  public Tensor dropout(Tensor x, double p) {
    return dropout(x, x.shape(), p);
  }

  /** As {@link #dropout(Tensor, double)}, one draw for each element of a shape that broadcasts. */
  public Tensor dropout(Tensor x, Shape drawn, double p) {
    requireProbability("dropout", p);
    if (p == 0) {
      return x;
    }
    if (p == 1) {
      return x.mul(0);
    }
    return Tensor.apply(
        Pointwise.MASKED_SCALE.with(null, null, 1 / (1 - p)), x, kept("dropout", x, drawn, p));
  }

  /**
   * Dropout for SELU: what is dropped becomes SELU's limit at minus infinity, and all is scaled and
   * shifted so that mean and variance stay; one draw for each element of a shape that broadcasts.
   */
  public Tensor alphaDropout(Tensor x, Shape drawn, double p) {
    requireProbability("alphaDropout", p);
    if (p == 0) {
      return x;
    }
    if (p == 1) {
      return x.mul(0);
    }
    return Tensor.apply(
        Pointwise.ALPHA_MASK.with(null, null, p), x, kept("alphaDropout", x, drawn, p));
  }

  /** Uniform on [0, 1) for each element of {@code x}; by sample as {@link #dropout}. */
  public Tensor uniformLike(Tensor x) {
    requireFloat("uniformLike", x.dtype());
    SampleRandom samples = samplesOf(x, x.shape());
    return samples == null
        ? uniform(x.shape(), x.dtype(), x.device())
        : RandomKernels.uniform(x.shape(), x.dtype(), samples.sampleIds(), samples.nextKey());
  }

  private static void requireProbability(String op, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new TensorException(op + ": the probability must be in [0, 1], not " + p);
    }
  }

  /** bool of shape {@code drawn}: false with probability {@code p}. */
  private Tensor kept(String op, Tensor x, Shape drawn, double p) {
    SampleRandom samples = samplesOf(x, drawn);
    Tensor mask =
        samples == null
            ? draw(op, drawn, s -> mask(s, x.device(), 1 - p))
            : RandomKernels.mask(drawn, samples.sampleIds(), 1 - p, samples.nextKey());
    boolean plain = x.isContiguous() || !drawn.equals(x.shape());
    if (Context.current().vmap() == null && !plain && x.layout().order()[0] == 0) {
      // The rows of the mask lie as those of the tensor, for one loop over both.
      mask = mask.withLayout(x.layout().dense());
    }
    return mask;
  }

  /** The thread's keys if there is one for each row of {@code drawn}, else null. */
  private static SampleRandom samplesOf(Tensor x, Shape drawn) {
    Context context = Context.current();
    SampleRandom samples = context.sampleRandom();
    boolean covered =
        samples != null
            && context.vmap() == null
            && samples.covers(x)
            && drawn.rank() > 0
            && drawn.dim(0) == x.dim(0);
    return covered ? samples : null;
  }

  /**
   * What random numbers of the rows of a tensor are drawn by.
   *
   * @param ids int64 [rows], the samples that the rows are
   */
  public record RowKeys(Tensor ids, long key) {}

  /**
   * Keys for the next random operation on the rows of {@code x}: by sample where the thread's
   * {@link Context#sampleRandom()} covers {@code x}, else from this stream.
   */
  public RowKeys rowKeys(Tensor x) {
    SampleRandom samples = Context.current().sampleRandom();
    if (samples != null && samples.covers(x)) {
      return new RowKeys(samples.sampleIds(), samples.nextKey());
    }
    Tensor ids = Tensor.arange(0, x.dim(0), 1, DType.INT64, x.device());
    return new RowKeys(ids, Philox.mix(seed, take(1)));
  }

  private Tensor mask(Shape shape, Device device, double kept) {
    Shape rows = shape.rank() == 0 ? Shape.of(1) : shape;
    Tensor ids = Tensor.arange(0, rows.dim(0), 1, DType.INT64, device);
    return RandomKernels.mask(rows, ids, kept, Philox.mix(seed, take(1))).reshape(shape);
  }

  private static void requireFloat(String op, DType dtype) {
    if (!dtype.isFloatingPoint()) {
      throw new DTypeException(op + ": needs a floating-point dtype, not " + dtype);
    }
  }
}
