package io.arclight.data.blob;

import java.io.Serializable;

/**
 * One blob of a {@link BlobStore}.
 *
 * @param name path relative to the root of its store, parts separated by '/'
 * @param size bytes
 */
public record Blob(String name, long size) implements Serializable {}
