package io.arclight.spark.internal;

import java.io.Serializable;
import java.nio.ByteBuffer;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext$;
import org.apache.spark.rdd.RDD;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Copies of an RDD for reading several of its partitions in one task.
 *
 * <p>Operators of Spark keep what they work on in themselves, as each task has a copy of its own
 * for the one partition that it reads: at the end of a partition, a merge join frees the sorter
 * that its plan made last, be it of another partition.
 */
public final class RddCopies implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final ClassTag<RDD<?>> RDD = ClassTag$.MODULE$.apply(RDD.class);

  private final byte[] bytes;

  private RddCopies(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Copies of {@code rdd}, made on the driver. */
  public static RddCopies of(RDD<?> rdd) {
    ByteBuffer buffer = SparkEnv.get().closureSerializer().newInstance().serialize(rdd, RDD);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return new RddCopies(bytes);
  }

  /** A new copy; leaves the thread without a task context. */
  public RDD<?> copy() {
    // With one, Spark would hold the copy's metrics until the task ends.
    TaskContext$.MODULE$.unset();
    return SparkEnv.get()
        .closureSerializer()
        .newInstance()
        .deserialize(ByteBuffer.wrap(bytes), Thread.currentThread().getContextClassLoader(), RDD);
  }
}
