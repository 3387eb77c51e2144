package io.arclight.spark.launch;

/** Why a checkpoint was written. */
public enum CheckpointKind {
  /** To go on from after a failure; old ones are deleted. */
  PERIODIC,
  /** The best so far by validation; the last of this kind is kept. */
  BEST
}
