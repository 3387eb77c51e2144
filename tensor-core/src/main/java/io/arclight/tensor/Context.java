package io.arclight.tensor;

import io.arclight.tensor.op.Op;

/**
 * What hangs on a thread: gradient mode, tracer, profiler, sample-keyed randomness. Library threads
 * capture it explicitly.
 */
public final class Context {
  private static final ThreadLocal<Context> CURRENT = ThreadLocal.withInitial(Context::new);

  private boolean gradEnabled = true;
  private boolean anomaly;
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

    /** A value is being read by the host, which a trace cannot hold. */
    void read(Tensor tensor);
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

  public Tracer tracer() {
    return tracer;
  }

  public Restore trace(Tracer next) {
    Tracer before = tracer;
    tracer = next;
    return () -> tracer = before;
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
