package io.arclight.spark.launch;

import io.arclight.spark.internal.ProgressEvent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkContext;

/** Puts the progress of a run on Spark's listener bus, for its UI and event log. */
public final class ProgressEvents implements RunListener {
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int METRICS = 20;

  private final SparkContext context;
  private String runId = "";
  private long posted = System.nanoTime() - INTERVAL.toNanos();

  private ProgressEvents(SparkContext context) {
    this.context = context;
  }

  /** Posts at most one event a second. */
  public static ProgressEvents on(SparkContext context) {
    return new ProgressEvents(context);
  }

  @Override
  public void started(RunStart start) {
    runId = start.runId();
  }

  @Override
  public void progress(StepReport report) {
    long now = System.nanoTime();
    if (now - posted < INTERVAL.toNanos()) {
      return;
    }

    posted = now;
    // An event is at most about 2 kB: the history server keeps them all.
    Map<String, Double> metrics = new LinkedHashMap<>();
    report.metrics().entrySet().stream()
        .limit(METRICS)
        .forEach(metric -> metrics.put(metric.getKey(), metric.getValue()));
    ProgressEvent.post(
        context, new ProgressEvent(runId, report.epoch(), report.step(), report.rows(), metrics));
  }
}
