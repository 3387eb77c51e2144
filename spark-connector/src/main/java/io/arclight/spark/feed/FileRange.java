package io.arclight.spark.feed;

import java.io.Serializable;

/**
 * A range of bytes of one version of a file.
 *
 * @param path the file
 * @param start first byte
 * @param length bytes of the range
 * @param fileLength bytes of the file
 * @param modificationTime of the file, in milliseconds since 1970
 */
public record FileRange(
    String path, long start, long length, long fileLength, long modificationTime)
    implements Serializable {}
