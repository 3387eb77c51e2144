package io.arclight.spark.internal;

import java.util.function.Supplier;
import org.apache.spark.package$;

/** Turns a missing part of Spark into an error that says so. */
public final class Linkage {
  private Linkage() {}

  /**
   * Runs what touches Spark's internals.
   *
   * @param purpose what it is for, such as "reading a DataFrame's plan"
   * @throws UnsupportedSparkException when this Spark has other internals
   */
  public static <T> T check(String purpose, Supplier<T> action) {
    try {
      return action.get();
    } catch (LinkageError | ClassCastException e) {
      throw new UnsupportedSparkException(
          "%s needs the internals of open-source Spark 3.5 (Scala 2.12), but this Spark %s differs: "
                  .formatted(purpose, package$.MODULE$.SPARK_VERSION())
              + e
              + "; use a cluster with Spark 3.5 in dedicated access mode, without Photon or Connect",
          e);
    }
  }
}
