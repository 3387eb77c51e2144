package io.arclight.data.blob;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.List;

/**
 * A folder of blobs that every process of a run can reach; it travels to executors as a value.
 *
 * <p>Names are relative paths with '/' between parts, without "." or ".." parts. A part may not
 * start with '.', which stores keep for files that are being written.
 */
public interface BlobStore extends Serializable {

  /**
   * Writes a blob sequentially, replacing one of the same name.
   *
   * <p>When {@code content} throws, the write is aborted, never closed: on object stores closing is
   * what publishes. Nothing of the name is visible then.
   */
  void put(String name, BlobContent content) throws IOException;

  /**
   * Creates a small blob atomically: readers see all of it or nothing.
   *
   * @throws java.nio.file.FileAlreadyExistsException when the name exists, which is left untouched
   */
  void create(String name, byte[] content) throws IOException;

  /**
   * Opens a blob for reading.
   *
   * @throws java.io.FileNotFoundException or {@link java.nio.file.NoSuchFileException} when absent
   */
  InputStream open(String name) throws IOException;

  /** All blobs at any depth below a folder, ordered by name; empty when there is no such folder. */
  List<Blob> list(String folder) throws IOException;

  /** Deletes a blob, or a folder with all that is below it; an absent name is no error. */
  void delete(String name) throws IOException;

  /** The place for people: a path or URI. */
  String location();
}
