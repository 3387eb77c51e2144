package io.arclight.spark.launch;

import java.util.List;
import java.util.Optional;

/**
 * What a run gave.
 *
 * @param ranks results by rank
 * @param restarts how often it was started again
 * @param checkpoint the last committed checkpoint
 * @param checkpoints all that the store has
 */
public record RunResult<R>(
    List<R> ranks, int restarts, Optional<Checkpoint> checkpoint, Checkpoints checkpoints) {}
