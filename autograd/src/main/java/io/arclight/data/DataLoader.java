package io.arclight.data;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Batches of a dataset, in an order that depends on the seed and the epoch only, whatever the
 * number of workers.
 *
 * <pre>{@code
 * DataLoader<Batch> loader = DataLoader.of(dataset, 64).shuffle(7).workers(4);
 * for (int e = 0; e < 10; e++) {
 *   try (Epoch<Batch> batches = loader.epoch(e)) {
 *     for (Batch batch : batches) { // what the body computes is freed at its end
 *       ...
 *     }
 *   }
 * }
 * }</pre>
 *
 * @param <B> a batch: a {@link Batch}, or what a collate function makes
 */
public final class DataLoader<B> implements AutoCloseable {
  private static final int DEFAULT_PREFETCH = 2;

  private final SourceBuilder<B> builder;
  private final long size;
  private final boolean chooses;
  private Sampler sampler;
  private BatchSampler.LastBatch last = BatchSampler.LastBatch.KEEP;
  private boolean shuffled;
  private long seed;
  private int workers;
  private int prefetchFactor = DEFAULT_PREFETCH;
  private Duration timeout = Duration.ZERO;
  private Consumer<WorkerInfo> workerInit = info -> {};
  private boolean anyOrder;
  private boolean persistent;
  private WorkerThreads threads;
  private WorkerFeed<B> running;

  /** Makes the source of batches once all options are known. */
  @FunctionalInterface
  private interface SourceBuilder<B> {
    BatchSource<B> build(Sampler sampler, BatchSampler.LastBatch last);
  }

  /**
   * @param size number of samples, -1 where it is not known
   * @param chooses whether the order and size of batches are this loader's to choose
   */
  private DataLoader(SourceBuilder<B> builder, long size, boolean chooses) {
    this.builder = builder;
    this.size = size;
    this.chooses = chooses;
  }

  /** Batches of {@code batchSize} samples. */
  public static DataLoader<Batch> of(Dataset<?> dataset, int batchSize) {
    return sampled(dataset, batchSize, dataset::batch);
  }

  /**
   * Batches that {@code collate} makes of {@code batchSize} samples, for any thread: a record, map,
   * list or array of tensors, or a {@link io.arclight.tensor.memory.Scope.Owner} of its memory.
   */
  public static <T, B> DataLoader<B> of(
      Dataset<T> dataset, int batchSize, Function<? super List<T>, ? extends B> collate) {
    return sampled(dataset, batchSize, indices -> collate.apply(Samples.of(dataset, indices)));
  }

  private static <B> DataLoader<B> sampled(
      Dataset<?> dataset, int batchSize, Function<long[], B> make) {
    requireBatchSize(batchSize);
    return new DataLoader<>(
        (sampler, last) -> BatchSource.of(BatchSampler.of(sampler, batchSize, last), make),
        dataset.size(),
        true);
  }

  /** The batches that {@code sampler} says. */
  public static DataLoader<Batch> of(Dataset<?> dataset, BatchSampler sampler) {
    return new DataLoader<>(
        (unused, last) -> BatchSource.of(sampler, dataset::batch), dataset.size(), false);
  }

  /** What {@code collate} makes of the batches that {@code sampler} says. */
  public static <T, B> DataLoader<B> of(
      Dataset<T> dataset, BatchSampler sampler, Function<? super List<T>, ? extends B> collate) {
    return new DataLoader<>(
        (unused, last) ->
            BatchSource.of(sampler, indices -> collate.apply(Samples.of(dataset, indices))),
        dataset.size(),
        false);
  }

  /** Batches of {@code batchSize} samples of a stream; their ids count through the epoch. */
  public static <T> DataLoader<Batch> of(IterableDataset<T> dataset, int batchSize) {
    return streamed(dataset, batchSize, Collate::batch);
  }

  /** Batches that {@code collate} makes of {@code batchSize} samples of a stream. */
  public static <T, B> DataLoader<B> of(
      IterableDataset<T> dataset, int batchSize, Function<? super List<T>, ? extends B> collate) {
    return streamed(dataset, batchSize, (samples, ids) -> collate.apply(samples));
  }

  private static <T, B> DataLoader<B> streamed(
      IterableDataset<T> dataset, int batchSize, BatchSource.Collating<T, B> collate) {
    requireBatchSize(batchSize);
    return new DataLoader<>(
        (unused, last) -> BatchSource.of(dataset, batchSize, last, collate), -1, true);
  }

  /** The samples themselves, as a dataset that makes its own batches has them. */
  public static <T> DataLoader<T> unbatched(Dataset<T> dataset) {
    return sampled(dataset, 1, indices -> Samples.get(dataset, indices[0]));
  }

  /** The samples of a stream themselves. */
  public static <T> DataLoader<T> unbatched(IterableDataset<T> dataset) {
    return streamed(dataset, 1, (samples, ids) -> samples.get(0));
  }

  private static void requireBatchSize(int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "DataLoader: the batch size must be at least 1, not " + batchSize);
    }
  }

  /** Deals every epoch by another permutation; the seed also keys all else that is random. */
  public DataLoader<B> shuffle(long value) {
    requireChoice("shuffle");
    if (sampler != null) {
      throw new IllegalArgumentException("DataLoader: shuffle and sampler exclude each other");
    }
    shuffled = true;
    seed = value;
    return this;
  }

  /** Keys dropout, and what workers draw at random, without shuffling. */
  public DataLoader<B> seed(long value) {
    seed = value;
    return this;
  }

  /** Deals samples in the order of {@code value}. */
  public DataLoader<B> sampler(Sampler value) {
    requireChoice("sampler");
    if (shuffled) {
      throw new IllegalArgumentException("DataLoader: shuffle and sampler exclude each other");
    }
    sampler = value;
    return this;
  }

  private void requireChoice(String option) {
    if (!chooses || size < 0) {
      throw new IllegalArgumentException(
          "DataLoader: "
              + option
              + " has no meaning for "
              + (chooses
                  ? "a stream, which has an order"
                  : "a BatchSampler, which gives the order"));
    }
  }

  /** Leaves out a last batch that is not full. */
  public DataLoader<B> dropLast() {
    if (!chooses) {
      throw new IllegalArgumentException(
          "DataLoader: dropLast has no meaning for a BatchSampler, which makes the batches");
    }
    last = BatchSampler.LastBatch.DROP;
    return this;
  }

  /** Makes batches ahead on {@code count} threads; with 0, the default, on the caller's. */
  public DataLoader<B> workers(int count) {
    workers = requirePositive("workers", count, 0);
    return this;
  }

  /** How many batches are made ahead for each worker; 2 by default. */
  public DataLoader<B> prefetchFactor(int count) {
    prefetchFactor = requirePositive("prefetchFactor", count, 1);
    return this;
  }

  private static int requirePositive(String option, int count, int least) {
    if (count < least) {
      throw new IllegalArgumentException(
          "DataLoader: " + option + " must be at least " + least + ", not " + count);
    }
    return count;
  }

  /** How long workers may take for one batch; zero, the default, is for ever. */
  public DataLoader<B> timeout(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException("DataLoader: a timeout cannot be " + limit);
    }
    timeout = limit;
    return this;
  }

  /** Called on every worker when it starts. */
  public DataLoader<B> workerInit(Consumer<WorkerInfo> init) {
    workerInit = init;
    return this;
  }

  /**
   * Gives a batch as soon as it is made, even before an earlier one: for samples of uneven cost.
   */
  public DataLoader<B> anyOrder() {
    anyOrder = true;
    return this;
  }

  /** Keeps the workers from one epoch to the next, until {@link #close()}. */
  public DataLoader<B> persistentWorkers() {
    persistent = true;
    return this;
  }

  /**
   * Batches of an epoch.
   *
   * @throws UnsupportedOperationException for a stream, which does not know
   */
  public long steps() {
    return known(source().steps());
  }

  static long known(OptionalLong steps) {
    return steps.orElseThrow(
        () ->
            new UnsupportedOperationException(
                "an IterableDataset does not know how many batches it has: count them"));
  }

  private BatchSource<B> source() {
    Sampler order = sampler;
    if (order == null && size >= 0) {
      order = shuffled && size > 0 ? new RandomSampler(size, seed) : new SequentialSampler(size);
    }
    return builder.build(order, last);
  }

  /** The batches of epoch {@code index}, to be run through once on this thread. */
  public Epoch<B> epoch(int index) {
    requireWorkers();
    BatchSource<B> source = source();
    OptionalLong steps = source.steps();
    long first = steps.isPresent() ? index * steps.getAsLong() : (long) index << 32;
    return new Epoch<>(feed(source, index), steps, seed, first);
  }

  private void requireWorkers() {
    boolean options =
        persistent || anyOrder || prefetchFactor != DEFAULT_PREFETCH || !timeout.isZero();
    if (workers == 0 && options) {
      throw new IllegalArgumentException(
          "DataLoader: prefetchFactor, timeout, anyOrder and persistentWorkers need workers(n)");
    }
  }

  private BatchFeed<B> feed(BatchSource<B> source, int epoch) {
    if (workers == 0) {
      return BatchFeed.direct(source.tasks(epoch), seed, epoch);
    }
    if (persistent && running != null && !running.isClosed()) {
      throw new IllegalStateException(
          "DataLoader: the epoch before is still open, and its persistent workers are busy: close it");
    }
    WorkerSettings settings = new WorkerSettings(workers, prefetchFactor, timeout, anyOrder);
    running = new WorkerFeed<>(source.tasks(epoch), settings, threads(), seed, epoch);
    return running;
  }

  private WorkerThreads threads() {
    if (!persistent) {
      return new WorkerThreads(workers, workerInit, false);
    }
    if (threads == null) {
      threads = new WorkerThreads(workers, workerInit, true);
    }
    return threads;
  }

  /** Ends persistent workers; harmless without. */
  @Override
  public void close() {
    if (threads != null) {
      threads.close();
      threads = null;
    }
  }
}
