package io.arclight.spark.internal;

import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListenerEvent;

/**
 * Where a training run is, as Spark's listeners and event log see it.
 *
 * @param runId name of the run
 * @param epoch epoch of the data, from 0
 * @param step global step
 * @param rows rows trained since the start of the run
 * @param metrics such as loss and accuracy
 */
public record ProgressEvent(
    String runId, int epoch, long step, long rows, Map<String, Double> metrics)
    implements SparkListenerEvent {

  /** Hands the event to the context's listeners without waiting. */
  public static void post(SparkContext context, ProgressEvent event) {
    context.listenerBus().post(event);
  }
}
