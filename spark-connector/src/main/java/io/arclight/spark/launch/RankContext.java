package io.arclight.spark.launch;

import io.arclight.distributed.Communicator;
import java.util.Set;

/** What a rank knows and may use while its {@link RankFunction} runs. */
public interface RankContext {

  /** This rank, from 0 to {@link #world()} - 1. */
  int rank();

  /** How many ranks run. */
  int world();

  /** The name of the run, the same after restarts. */
  String runId();

  /** Counts the starts of this run: every restart, and every resumption, has a higher one. */
  int restartEpoch();

  /** CPU features that every rank's machine has: compile for these to get the same bits. */
  Set<String> cpuFeatures();

  /** Collectives between all ranks; the launcher closes it. */
  Communicator communicator();

  /** The checkpoint to go on from and the way to write new ones. */
  RankCheckpoints checkpoints();

  /** Shows the state of this rank on the driver; cheap, call it every step. */
  void report(StepReport report);

  /**
   * Tells the user a plain sentence on the driver: in its log and to the {@link RunListener}s, once
   * in a run for the same words.
   */
  void warn(String warning);

  /**
   * Whether the caller asked the run to end early, a hint that ranks see at different times: agree
   * on it, with an all-reduce, before leaving the loop.
   */
  boolean stopRequested();
}
