package io.arclight.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/** Where training stands: everything but tensors and the feed's position. */
final class TrainingState {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Epoch that runs, or the number of epochs when training is over. */
  public int epoch;

  /** Whether the epoch's first row is still to come. */
  public boolean fresh = true;

  /** Optimizer steps. */
  public long step;

  /** Global batches, which key dropout. */
  public long batches;

  /** Rows since the start. */
  public long rows;

  public long epochRows;
  public double epochLoss;

  /** What the epoch's loss is divided by for a mean: its rows, unless some count more. */
  public double epochDivisor;

  public double epochCorrect;
  public long stepsPerEpoch;
  public double best = Double.POSITIVE_INFINITY;
  public int sinceBest;
  public boolean done;
  public LabelMixing mixing = new LabelMixing();
  public List<EpochMetrics> history = new ArrayList<>();

  String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static TrainingState fromJson(String json) {
    try {
      return JSON.readValue(json, TrainingState.class);
    } catch (JsonProcessingException e) {
      throw new TrainingException(
          "the checkpoint's training state cannot be read: " + e.getMessage());
    }
  }

  void startEpoch() {
    epochRows = 0;
    epochLoss = 0;
    epochDivisor = 0;
    epochCorrect = 0;
    fresh = true;
  }
}
