package io.arclight.spark.launch;

import java.io.Serializable;

/**
 * One file of a checkpoint.
 *
 * @param name the name that the rank gave, such as "model.safetensors"
 * @param rank the rank that wrote it
 * @param blob where it is in the store
 * @param size bytes
 * @param crc32c checksum of all bytes
 */
public record CheckpointFile(String name, int rank, String blob, long size, long crc32c)
    implements Serializable {}
