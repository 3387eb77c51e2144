package io.arclight.spark.launch;

import io.arclight.data.blob.BlobStore;
import io.arclight.spark.internal.RunSecret;
import java.io.Serializable;

/**
 * What the ranks of one start of a run get from the driver.
 *
 * @param restored the checkpoint to go on from, or null
 */
record RunPlan(
    String runId,
    int restartEpoch,
    int world,
    int ranksPerExecutor,
    Timeouts timeouts,
    RunSecret secret,
    DriverLine driver,
    BlobStore store,
    Checkpoint restored)
    implements Serializable {}
