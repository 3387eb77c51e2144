package io.arclight.spark.launch;

import io.arclight.data.blob.Blob;
import io.arclight.data.blob.BlobContent;
import io.arclight.data.blob.BlobNames;
import io.arclight.data.blob.BlobStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Blobs in the driver's memory, for runs without a checkpoint path; executors reach it through
 * {@link RemoteSnapshots}.
 */
final class SnapshotStore implements BlobStore {
  private static final long serialVersionUID = 1L;

  private final long limit;
  private final transient Map<String, List<byte[]>> blobs = new TreeMap<>();
  private final transient Map<String, List<byte[]>> unfinished = new TreeMap<>();

  /**
   * An empty store.
   *
   * @param limit bytes of the largest checkpoint
   */
  SnapshotStore(long limit) {
    this.limit = limit;
  }

  @Override
  public void put(String name, BlobContent content) throws IOException {
    ChunkedOutputStream out =
        new ChunkedOutputStream((i, bytes, last) -> append(name, i, bytes, last));
    try {
      content.writeTo(out);
      out.finish();
    } catch (Throwable e) {
      drop(name);
      throw e;
    }
  }

  @Override
  public synchronized void create(String name, byte[] content) throws IOException {
    if (blobs.containsKey(name)) {
      throw new FileAlreadyExistsException(name);
    }

    blobs.put(BlobNames.require(name), List.of(content));
  }

  @Override
  public InputStream open(String name) throws IOException {
    return new ChunkedInputStream(index -> chunk(name, index));
  }

  @Override
  public synchronized List<Blob> list(String folder) {
    String prefix = folder + "/";
    return blobs.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .map(entry -> new Blob(entry.getKey(), size(entry.getValue())))
        .toList();
  }

  @Override
  public synchronized void delete(String name) {
    blobs.keySet().removeIf(other -> other.equals(name) || other.startsWith(name + "/"));
  }

  @Override
  public String location() {
    return "the driver's memory";
  }

  /** Adds a chunk to a blob in the making, begun anew at chunk 0 and published with the last. */
  synchronized void append(String name, int chunk, byte[] bytes, boolean last)
      throws SnapshotLimitException {
    if (chunk == 0) {
      unfinished.put(BlobNames.require(name), new ArrayList<>());
    }
    String folder = Checkpoints.stepFolder(name);
    long held = sizeBelow(folder, blobs) + sizeBelow(folder, unfinished);
    if (held + bytes.length > limit) {
      throw new SnapshotLimitException(
          "A snapshot is over the %d bytes that the driver holds; give a checkpoint path"
              .formatted(limit));
    }

    unfinished.get(name).add(bytes);
    if (last) {
      blobs.put(name, unfinished.remove(name));
    }
  }

  /** Drops a blob in the making. */
  synchronized void drop(String name) {
    unfinished.remove(name);
  }

  /** A chunk of a blob; null after the last. */
  synchronized byte[] chunk(String name, int index) throws FileNotFoundException {
    List<byte[]> chunks = blobs.get(name);
    if (chunks == null) {
      throw new FileNotFoundException(name + " is not in " + location());
    }

    return index < chunks.size() ? chunks.get(index) : null;
  }

  private static long sizeBelow(String folder, Map<String, List<byte[]>> map) {
    return map.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(folder))
        .mapToLong(entry -> size(entry.getValue()))
        .sum();
  }

  private static long size(List<byte[]> chunks) {
    return chunks.stream().mapToLong(chunk -> chunk.length).sum();
  }

  private void writeObject(ObjectOutputStream out) throws NotSerializableException {
    throw new NotSerializableException(getClass().getName());
  }
}
