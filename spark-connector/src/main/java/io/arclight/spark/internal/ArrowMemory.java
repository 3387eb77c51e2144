package io.arclight.spark.internal;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.sql.util.ArrowUtils$;

/** Spark's Arrow memory. */
public final class ArrowMemory {
  private ArrowMemory() {}

  /** A child of the allocator that Spark itself uses; the caller closes it. */
  public static BufferAllocator allocator(String name) {
    return ArrowUtils$.MODULE$.rootAllocator().newChildAllocator(name, 0, Long.MAX_VALUE);
  }
}
