package io.arclight.spark.internal;

import org.apache.spark.util.ShutdownHookManager;

/** The end of this JVM. */
public final class Shutdown {
  private Shutdown() {}

  /** Whether the JVM ends, as after a signal, which executors on the same terminal got too. */
  public static boolean begun() {
    return ShutdownHookManager.inShutdown();
  }
}
