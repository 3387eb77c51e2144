package io.arclight.spark.launch;

import java.io.Serializable;

/**
 * Where a rank runs.
 *
 * @param rank the rank
 * @param executorId Spark's name of its executor
 * @param host the executor's address
 * @param port port of the rank's collectives
 * @param pid process of the executor
 */
public record RankPlace(int rank, String executorId, String host, int port, long pid)
    implements Serializable {}
