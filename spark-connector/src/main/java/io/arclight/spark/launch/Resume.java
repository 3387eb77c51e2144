package io.arclight.spark.launch;

/** What a run does with checkpoints that it finds in its store. */
public enum Resume {
  /** Refuses to start, so that no run is overwritten by accident. */
  NEVER,
  /** Goes on from the last one, or starts at step 0 when there is none. */
  LATEST
}
