package io.arclight.spark.internal;

import org.apache.spark.util.ClosureCleaner;

/** Spark's treatment of Scala closures. */
public final class Closures {
  private Closures() {}

  /** Removes from a Scala closure what it captures but does not use; leaves all else alone. */
  public static void clean(Object closure) {
    ClosureCleaner.clean(closure, false, true);
  }
}
