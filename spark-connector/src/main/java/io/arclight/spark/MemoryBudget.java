package io.arclight.spark;

import com.sun.management.OperatingSystemMXBean;
import io.arclight.spark.internal.ExecutorMemory;
import io.arclight.tensor.OutOfMemoryException;
import io.arclight.tensor.memory.Memory;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What training needs on an executor, and what there is: checked on the driver as far as it can
 * know, and by each rank when it starts, which knows its container.
 *
 * @param needed bytes that the ranks of an executor need
 * @param what what they need it for
 * @param available bytes that an executor has by Spark's settings, or {@link #UNKNOWN}
 * @param from where they come from
 * @param setting how to have more, but for the value
 * @param explicit whether the user said how much there is
 */
record MemoryBudget(
    long needed, String what, long available, String from, Setting setting, boolean explicit)
    implements Serializable {
  static final String MEMORY = "spark.arclight.memory";
  private static final long UNKNOWN = -1;

  /** For the JVM itself: code, threads, Spark's own buffers, native libraries. */
  private static final long RESERVE = 512L << 20;

  /** The value that is recommended is a multiple of this. */
  private static final long STEP = 256L << 20;

  /** What a user changes. */
  enum Setting {
    OVERHEAD("spark.executor.memoryOverhead", RESERVE),
    OWN(MEMORY, 0);

    private final String key;
    private final long beside;

    Setting(String key, long beside) {
      this.key = key;
      this.beside = beside;
    }

    String line(long needed) {
      long value = (needed + needed / 10 + beside + STEP - 1) / STEP * STEP;
      return "--conf %s=%dm".formatted(key, MemoryEstimate.mebibytes(value));
    }
  }

  /** The budget of an application whose executors host {@code ranks} ranks each. */
  static MemoryBudget of(SparkSession spark, int ranks, MemoryEstimate estimate) {
    SparkContext context = spark.sparkContext();
    long needed = ranks * estimate.total();
    String what =
        ranks == 1
            ? "A rank"
            : "%d ranks that share an executor, each with %d MiB"
                .formatted(ranks, MemoryEstimate.mebibytes(estimate.total()));
    what += " (%s)".formatted(estimate);
    if (spark.conf().contains(MEMORY)) {
      long bytes = ExecutorMemory.bytes(MEMORY, spark.conf().get(MEMORY));
      return new MemoryBudget(needed, what, bytes, "by " + MEMORY, Setting.OWN, true);
    }
    if (context.isLocal()) {
      return new MemoryBudget(
          needed,
          what,
          Memory.limit(),
          "of this machine's memory beside the driver's heap",
          Setting.OWN,
          false);
    }
    OptionalLong overhead = ExecutorMemory.overhead(context.conf());
    return new MemoryBudget(
        needed,
        what,
        overhead.isPresent() ? overhead.getAsLong() - RESERVE : UNKNOWN,
        overhead.isPresent()
            ? "in its container beside the Java heap (%d MiB of overhead, less %d for the JVM itself)"
                .formatted(
                    MemoryEstimate.mebibytes(overhead.getAsLong()),
                    MemoryEstimate.mebibytes(RESERVE))
            : "",
        overhead.isPresent() ? Setting.OVERHEAD : Setting.OWN,
        false);
  }

  boolean isKnown() {
    return available != UNKNOWN;
  }

  /**
   * Compares on the driver.
   *
   * @throws MemoryBudgetException when it cannot do
   */
  void require() {
    if (isKnown()) {
      require(available, from);
    }
  }

  /**
   * Compares in the process of a rank and makes what there is the limit of tensors, so that too
   * much is an error of ours before it is the end of the process.
   *
   * @throws MemoryBudgetException when it cannot do
   */
  void requireHere(boolean executor) {
    if (explicit) {
      Memory.limit(available);
    } else if (executor) {
      long machine =
          ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
              .getTotalMemorySize();
      long beside = machine - Runtime.getRuntime().maxMemory() - RESERVE;
      require(
          Math.min(beside, Memory.limit()),
          "of its machine's or container's %d MiB beside its Java heap"
              .formatted(MemoryEstimate.mebibytes(machine)));
      if (isKnown() && available < Memory.limit()) {
        Memory.limit(available);
      }
    }
  }

  private void require(long bytes, String where) {
    if (needed > bytes) {
      throw new MemoryBudgetException(
          "%s needs about %d MiB, but an executor has %d MiB for that %s; set %s, or train with a"
                  .formatted(
                      what,
                      MemoryEstimate.mebibytes(needed),
                      Math.max(0, bytes >> 20),
                      where,
                      setting.line(needed))
              + " smaller model, smaller batches, or more executors",
          needed,
          bytes);
    }
  }

  /** The error when a step of training has failed for want of memory. */
  MemoryBudgetException exceeded(OutOfMemoryException cause) {
    MemoryBudgetException error =
        new MemoryBudgetException(
            "%s needs more than the %d MiB that there are: a step of training did not fit (%s); set a"
                    .formatted(
                        what,
                        Math.max(0, available >> 20),
                        String.valueOf(cause.getMessage()).lines().findFirst().orElse(""))
                + " larger "
                + setting.key
                + ", or train with a smaller model, smaller batches, or more executors",
            needed,
            available);
    error.initCause(cause);
    return error;
  }

  @Override
  public String toString() {
    return "%s needs about %d MiB; an executor has %s"
        .formatted(
            what,
            MemoryEstimate.mebibytes(needed),
            isKnown()
                ? "%d MiB for that %s".formatted(available >> 20, from)
                : "an amount that only it knows (%s tells)".formatted(MEMORY));
  }
}
