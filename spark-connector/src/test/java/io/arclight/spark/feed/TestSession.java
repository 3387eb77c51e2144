package io.arclight.spark.feed;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A Spark session on three threads of this JVM for the tests of a class. */
final class TestSession implements AfterAllCallback {
  private SparkSession session;

  SparkSession spark() {
    if (session == null) {
      session =
          SparkSession.builder()
              .master("local[3]")
              .appName("feed")
              .config("spark.ui.enabled", "false")
              .config("spark.sql.shuffle.partitions", "5")
              .getOrCreate();
      session.sparkContext().setLogLevel("ERROR");
    }
    return session;
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (session != null) {
      session.stop();
    }
  }
}
