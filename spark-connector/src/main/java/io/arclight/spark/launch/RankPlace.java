package io.arclight.spark.launch;

import java.io.Serializable;

/**
 * Where a rank runs.
 *
 * @param rank the rank
 * @param executorId Spark's name of its executor
 * @param address host and port that its collectives listen on
 * @param pid process of the executor
 */
public record RankPlace(int rank, String executorId, String address, long pid)
    implements Serializable {}
