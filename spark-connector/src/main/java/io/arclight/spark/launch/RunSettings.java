package io.arclight.spark.launch;

import java.util.UUID;

/**
 * How a run is placed, watched, saved and restarted.
 *
 * @param runId name of the run in logs, checkpoints and messages
 * @param placement which executors host the ranks
 * @param timeouts when silence is a failure
 * @param restarts what happens after a failure of the infrastructure
 * @param checkpoints where a restart finds what was done before
 */
public record RunSettings(
    String runId,
    Placement placement,
    Timeouts timeouts,
    RestartPolicy restarts,
    CheckpointPolicy checkpoints) {

  public RunSettings {
    if (!runId.matches("[A-Za-z0-9][A-Za-z0-9_-]*")) {
      throw new IllegalArgumentException(
          "Run id '%s' would be no file name; use letters, digits, '-' and '_'".formatted(runId));
    }
  }

  /** The recommended settings under a new run id. */
  public static RunSettings defaults() {
    return new RunSettings(
        "run-" + UUID.randomUUID().toString().substring(0, 8),
        Placement.defaults(),
        Timeouts.defaults(),
        RestartPolicy.defaults(),
        CheckpointPolicy.inDriverMemory());
  }

  /** On these executors. */
  public RunSettings with(Placement value) {
    return new RunSettings(runId, value, timeouts, restarts, checkpoints);
  }

  /** With these limits of silence. */
  public RunSettings with(Timeouts value) {
    return new RunSettings(runId, placement, value, restarts, checkpoints);
  }

  /** With these restarts after failures of the infrastructure. */
  public RunSettings with(RestartPolicy value) {
    return new RunSettings(runId, placement, timeouts, value, checkpoints);
  }

  /** With checkpoints at this place. */
  public RunSettings with(CheckpointPolicy value) {
    return new RunSettings(runId, placement, timeouts, restarts, value);
  }
}
