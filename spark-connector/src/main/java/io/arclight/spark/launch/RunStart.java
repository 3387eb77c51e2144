package io.arclight.spark.launch;

import java.util.List;

/**
 * A start of a run whose ranks have found each other.
 *
 * @param runId name of the run
 * @param restartEpoch which start this is
 * @param ranks where the ranks run, by rank
 */
public record RunStart(String runId, int restartEpoch, List<RankPlace> ranks) {}
