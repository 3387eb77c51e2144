package io.arclight.spark;

import java.io.Serializable;
import java.util.List;

/** What a rank tells the driver at the end; weights go through the checkpoint store. */
record TrainingOutcome(int rank, List<EpochMetrics> history, long rows) implements Serializable {
  TrainingOutcome {
    history = List.copyOf(history);
  }
}
