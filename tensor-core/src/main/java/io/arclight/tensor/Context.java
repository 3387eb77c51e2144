package io.arclight.tensor;

import io.arclight.tensor.op.Op;
import java.util.function.Consumer;
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
  private CheckpointPass checkpointPass = CheckpointPass.NONE;
  private boolean plain = true;
  private Autocast autocast;
  private Interceptor interceptor;
  private Ranges ranges;
  private SavedTensorHooks savedTensorHooks;
  private VmapLevel vmap;
  private Tracer tracer;
  private SampleRandom sampleRandom;
  private Tensor spare;
  private Generator generator;
  long sequence;

  private Context() {}

  /** The calling thread's. */
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
     * The outputs of {@code op}, which {@code next} computes.
     *
     * @param name the operation's, or that of its in-place form
     * @param next computes what the operation, and interceptors inside this one, give
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

  /** Where a thread is in functions that are computed again for backward. */
  public enum CheckpointPass {
    /** In none. */
    NONE,
    /** In one that runs for its results. */
    FORWARD,
    /**
     * In one that runs again: what counts calls, as running statistics do, has counted this one.
     */
    RECOMPUTATION
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

  /** Whether operations are recorded for gradients. */
  public boolean gradEnabled() {
    return gradEnabled;
  }

  /** Records operations, or does not. */
  public Restore gradMode(boolean enabled) {
    return replace(gradEnabled, enabled, value -> gradEnabled = value);
  }

  /** Whether nodes and changes keep the line that made them, and backward looks for NaN. */
  public boolean anomaly() {
    return anomaly;
  }

  /** Looks for anomalies, or does not. */
  public Restore anomalyMode(boolean enabled) {
    return replace(anomaly, enabled, value -> anomaly = value);
  }

  /** Whether inference mode holds. */
  public boolean inference() {
    return inference;
  }

  /** In inference mode nothing is recorded, and what is made cannot be recorded later either. */
  public Restore inferenceMode(boolean enabled) {
    Restore grad = gradMode(!enabled);
    Restore mode = replace(inference, enabled, value -> inference = value);
    return () -> {
      mode.close();
      grad.close();
    };
  }

  /** Whether a checkpointed function runs on this thread, and for what. */
  public CheckpointPass checkpointPass() {
    return checkpointPass;
  }

  /** Whether a checkpointed function runs again on this thread. */
  public boolean recomputing() {
    return checkpointPass == CheckpointPass.RECOMPUTATION;
  }

  /** Marks what runs as part of {@code next}. */
  public Restore checkpointPass(CheckpointPass next) {
    return replace(checkpointPass, next, value -> checkpointPass = value);
  }

  /** What chooses the dtypes of operations on this thread, or null. */
  public Autocast autocast() {
    return autocast;
  }

  /** Chooses dtypes by {@code next}; null leaves them as they are. */
  public Restore autocast(Autocast next) {
    return replace(autocast, next, value -> autocast = value);
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
    Interceptor both =
        before == null
            ? next
            : (op, name, inputs, compute) ->
                next.compute(op, name, inputs, () -> before.compute(op, name, inputs, compute));
    return replace(before, both, value -> interceptor = value);
  }

  /** Who is told of ranges, or null. */
  public Ranges ranges() {
    return ranges;
  }

  /** Tells {@code next} of ranges; null tells nobody. */
  public Restore ranges(Ranges next) {
    return replace(ranges, next, value -> ranges = value);
  }

  /** What packs tensors saved for backward, or null. */
  public SavedTensorHooks savedTensorHooks() {
    return savedTensorHooks;
  }

  /** Packs by {@code next}; null saves tensors as they are. */
  public Restore savedTensorHooks(SavedTensorHooks next) {
    return replace(savedTensorHooks, next, value -> savedTensorHooks = value);
  }

  /** The innermost vmap under way, or null. */
  public VmapLevel vmap() {
    return vmap;
  }

  /** Goes on at {@code next}, an open level or null for none. */
  public Restore vmap(VmapLevel next) {
    return replace(vmap, next, value -> vmap = value);
  }

  /** Who sees every operation, or null. */
  public Tracer tracer() {
    return tracer;
  }

  /** Shows every operation to {@code next}; null shows them to nobody. */
  public Restore trace(Tracer next) {
    return replace(tracer, next, value -> tracer = value);
  }

  /** A gradient that nobody needs after the rule that it is given to, or null. */
  public Tensor spare() {
    return spare;
  }

  /** Lets the next rule write its result over {@code next}; null lets it not. */
  public void spare(Tensor next) {
    spare = next;
  }

  /** The keys of randomness per sample, or null: then random operations use a plain stream. */
  public SampleRandom sampleRandom() {
    return sampleRandom;
  }

  /** Keys random operations by {@code next}; null draws from the plain stream. */
  public Restore sampleRandom(SampleRandom next) {
    return replace(sampleRandom, next, value -> sampleRandom = value);
  }

  /** The stream that {@code Tensor.rand} and its like draw from. */
  public Generator generator() {
    return generator == null ? Generator.process() : generator;
  }

  /** Draws from {@code next} on this thread. */
  public Restore generator(Generator next) {
    return replace(generator, next, value -> generator = value);
  }

  /** Gives {@code field} the value {@code next}, and {@code before} again when that closes. */
  private <T> Restore replace(T before, T next, Consumer<T> field) {
    set(field, next);
    return () -> set(field, before);
  }

  private <T> void set(Consumer<T> field, T value) {
    field.accept(value);
    plain = autocast == null && interceptor == null && tracer == null && !inference;
  }
}
