package io.arclight.tensor;

import io.arclight.tensor.op.Op;
import java.util.function.Supplier;

/**
 * What hangs on a thread: gradient mode, tracer, profiler, sample-keyed randomness. Library threads
 * capture it explicitly.
 */
public final class Context {
  private static final ThreadLocal<Context> CURRENT = ThreadLocal.withInitial(Context::new);

  private boolean gradEnabled = true;
  private boolean anomaly;
  private boolean inference;
  private boolean plain = true;
  private Autocast autocast;
  private Interceptor interceptor;
  private Ranges ranges;
  private SavedTensorHooks savedTensorHooks;
  private VmapLevel vmap;
  private Tracer tracer;
  private SampleRandom sampleRandom;
  private Generator generator;
  long sequence;

  private Context() {}

  public static Context current() {
    return CURRENT.get();
  }

  /** Sees every applied operation; what {@code Program} records with. */
  public interface Tracer {
    void applied(Op op, Tensor[] inputs, Tensor[] outputs);

    /** {@code handle} is another handle on what {@code of} is. */
    default void aliased(Tensor of, Tensor handle) {}

    /** A value is being read by the host, which a trace cannot hold. */
    void read(Tensor tensor);
  }

  /** Stands around the computation of every operation, but not its recording. */
  @FunctionalInterface
  public interface Interceptor {
    /**
     * @param name the operation's, or that of its in-place form
     * @param next computes the outputs
     */
    Tensor[] compute(Op op, String name, Tensor[] inputs, Supplier<Tensor[]> next);
  }

  /** Chooses the dtypes in which operations run. */
  public interface Autocast {
    /** The outputs of {@code op} on inputs of other dtypes, or null to run it as it is. */
    Tensor[] apply(Op op, Tensor[] inputs);

    /** {@code tensor} as functions see it that lower precision would harm, such as losses. */
    Tensor wide(Tensor tensor);

    /** The same, with nothing remembered: for what is computed again. */
    Autocast fresh();
  }

  /** Sees ranges of time begin and end: modules, gradient rules, what the user names. */
  public interface Ranges {
    void begin(String kind, String name);

    /** The range that began last ends. */
    void end();
  }

  /** Restores what it replaced. */
  public interface Restore extends AutoCloseable {
    @Override
    void close();
  }

  public boolean gradEnabled() {
    return gradEnabled;
  }

  public Restore gradMode(boolean enabled) {
    boolean before = gradEnabled;
    gradEnabled = enabled;
    return () -> gradEnabled = before;
  }

  public boolean anomaly() {
    return anomaly;
  }

  public Restore anomalyMode(boolean enabled) {
    boolean before = anomaly;
    anomaly = enabled;
    return () -> anomaly = before;
  }

  public boolean inference() {
    return inference;
  }

  /** In inference mode nothing is recorded, and what is made cannot be recorded later either. */
  public Restore inferenceMode(boolean enabled) {
    boolean before = inference;
    boolean grad = gradEnabled;
    inference(enabled);
    gradEnabled = !enabled;
    return () -> {
      inference(before);
      gradEnabled = grad;
    };
  }

  private void inference(boolean enabled) {
    inference = enabled;
    watch();
  }

  /** What chooses the dtypes of operations on this thread, or null. */
  public Autocast autocast() {
    return autocast;
  }

  /** Chooses dtypes by {@code next}; null leaves them as they are. */
  public Restore autocast(Autocast next) {
    Autocast before = autocast;
    choose(next);
    return () -> choose(before);
  }

  private void choose(Autocast next) {
    autocast = next;
    watch();
  }

  /** {@code tensor}, in float32 where autocast holds and it has less: for losses and the like. */
  public static Tensor wide(Tensor tensor) {
    Autocast autocast = current().autocast;
    return autocast == null ? tensor : autocast.wide(tensor);
  }

  /** Whether nobody chooses, sees or stands around operations: no autocast, tracer and the like. */
  boolean plain() {
    return plain;
  }

  Interceptor interceptor() {
    return interceptor;
  }

  /** Puts {@code next} around what intercepts operations already. */
  public Restore intercept(Interceptor next) {
    Interceptor before = interceptor;
    interceptor(
        before == null
            ? next
            : (op, name, inputs, compute) ->
                next.compute(op, name, inputs, () -> before.compute(op, name, inputs, compute)));
    return () -> interceptor(before);
  }

  private void interceptor(Interceptor next) {
    interceptor = next;
    watch();
  }

  private void watch() {
    plain = autocast == null && interceptor == null && tracer == null && !inference;
  }

  /** Who is told of ranges, or null. */
  public Ranges ranges() {
    return ranges;
  }

  public Restore ranges(Ranges next) {
    Ranges before = ranges;
    ranges = next;
    return () -> ranges = before;
  }

  /** What packs tensors saved for backward, or null. */
  public SavedTensorHooks savedTensorHooks() {
    return savedTensorHooks;
  }

  /** Packs by {@code next}; null saves tensors as they are. */
  public Restore savedTensorHooks(SavedTensorHooks next) {
    SavedTensorHooks before = savedTensorHooks;
    savedTensorHooks = next;
    return () -> savedTensorHooks = before;
  }

  /** The innermost vmap under way, or null. */
  public VmapLevel vmap() {
    return vmap;
  }

  /** Goes on at {@code next}, an open level or null for none. */
  public Restore vmap(VmapLevel next) {
    VmapLevel before = vmap;
    vmap = next;
    return () -> vmap = before;
  }

  public Tracer tracer() {
    return tracer;
  }

  public Restore trace(Tracer next) {
    Tracer before = tracer;
    tracer(next);
    return () -> tracer(before);
  }

  private void tracer(Tracer next) {
    tracer = next;
    watch();
  }

  /** The keys of randomness per sample, or null: then random operations use a plain stream. */
  public SampleRandom sampleRandom() {
    return sampleRandom;
  }

  public Restore sampleRandom(SampleRandom next) {
    SampleRandom before = sampleRandom;
    sampleRandom = next;
    return () -> sampleRandom = before;
  }

  /** The stream that {@code Tensor.rand} and its like draw from. */
  public Generator generator() {
    return generator == null ? Generator.process() : generator;
  }

  /** Draws from {@code next} on this thread. */
  public Restore generator(Generator next) {
    Generator before = generator;
    generator = next;
    return () -> generator = before;
  }
}
