package io.arclight.spark.sql;

import java.io.Serializable;
import org.apache.spark.sql.execution.metric.SQLMetric;

/** What the UI shows of a {@link PredictExec}. */
record PredictMetrics(SQLMetric rows, SQLMetric batches, SQLMetric time) implements Serializable {
  /** For models that work outside of the operator. */
  static final PredictMetrics NONE = new PredictMetrics(null, null, null);

  void gave(int count) {
    rows.add(count);
  }

  void ran(long nanos) {
    if (time != null) {
      batches.add(1);
      time.add(nanos);
    }
  }
}
