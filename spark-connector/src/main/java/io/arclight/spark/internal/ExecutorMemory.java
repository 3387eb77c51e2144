package io.arclight.spark.internal;

import java.util.OptionalLong;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;

/** What Spark asks its cluster manager for beside the heap of an executor. */
public final class ExecutorMemory {
  private static final String OVERHEAD = "spark.executor.memoryOverhead";
  private static final String FACTOR = "spark.executor.memoryOverheadFactor";
  private static final String KUBERNETES_FACTOR = "spark.kubernetes.memoryOverheadFactor";
  private static final double DEFAULT_FACTOR = 0.1;
  private static final long LEAST = 384;

  private ExecutorMemory() {}

  /** Bytes that {@code text} says, such as 8g; without a unit it counts bytes. */
  public static long bytes(String key, String text) {
    try {
      return JavaUtils.byteStringAsBytes(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s=%s is no amount of memory; write it as 8g or 800m".formatted(key, text), e);
    }
  }

  /**
   * Bytes of an executor's container beside its Java heap, what Spark itself takes off the heap not
   * counted; empty where the cluster manager sets no limit.
   */
  public static OptionalLong overhead(SparkConf conf) {
    String master = conf.get("spark.master", "");
    boolean kubernetes = master.startsWith("k8s");
    if (!kubernetes && !master.startsWith("yarn")) {
      return OptionalLong.empty();
    }
    double general = conf.getDouble(FACTOR, DEFAULT_FACTOR);
    double factor =
        kubernetes && !conf.contains(FACTOR) ? conf.getDouble(KUBERNETES_FACTOR, general) : general;
    long heap = conf.getSizeAsMb("spark.executor.memory", "1g");
    long otherwise = Math.max((long) (factor * heap), LEAST);
    return OptionalLong.of(conf.getSizeAsMb(OVERHEAD, otherwise + "m") << 20);
  }
}
