package io.arclight.spark.sql;

import io.arclight.data.blob.Blob;
import io.arclight.data.blob.BlobStore;
import io.arclight.export.Program;
import io.arclight.spark.launch.HadoopBlobStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.NoSuchFileException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.reflect.ClassTag$;

/**
 * Exactly one version of a model, and how executors get it: by broadcast up to {@value
 * #BROADCAST_LIMIT} bytes, as executors may lack the rights to read the store, else from the store.
 */
final class ModelVersion implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final long BROADCAST_LIMIT = 256L << 20;

  private static final int REMEMBERED = 32;

  /** Versions that were shipped lately, by hash. */
  private static final Map<String, ModelVersion> SHIPPED =
      Collections.synchronizedMap(
          new LinkedHashMap<>(REMEMBERED, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, ModelVersion> eldest) {
              return size() > REMEMBERED;
            }
          });

  private final String path;
  private final String hash;
  private final String application;
  private final BlobStore store;
  private final Broadcast<MemoryBlobs> content;

  private ModelVersion(
      String path,
      String hash,
      String application,
      BlobStore store,
      Broadcast<MemoryBlobs> content) {
    this.path = path;
    this.hash = hash;
    this.application = application;
    this.store = store;
    this.content = content;
  }

  /**
   * The current version in the folder {@code path}; on the driver.
   *
   * @throws ModelException if there is no model, or it cannot be read
   */
  static ModelVersion current(SparkContext context, String path) {
    try {
      BlobStore store = HadoopBlobStore.at(path, context.hadoopConfiguration());
      String hash = Program.hash(store);
      ModelVersion known = SHIPPED.get(hash);
      if (known != null && known.application.equals(context.applicationId())) {
        return known.named(path, store);
      }
      Broadcast<MemoryBlobs> content = broadcast(context, store, path);
      ModelVersion made = new ModelVersion(path, hash, context.applicationId(), store, content);
      SHIPPED.put(hash, made);
      return made;
    } catch (FileNotFoundException | NoSuchFileException e) {
      throw new ModelException(
          "no model at '"
              + path
              + "': save one there with TrainedModel.save or ./arclight train --out",
          e);
    } catch (IOException e) {
      throw new ModelException("cannot read the model at '" + path + "': " + e.getMessage(), e);
    }
  }

  /** A model that was not saved. */
  static ModelVersion of(SparkContext context, Program program) {
    try {
      MemoryBlobs files = new MemoryBlobs("memory");
      String hash = program.save(files);
      ModelVersion known = SHIPPED.get(hash);
      if (known != null && known.application.equals(context.applicationId())) {
        return known;
      }
      ModelVersion made =
          new ModelVersion("memory", hash, context.applicationId(), files, ship(context, files));
      SHIPPED.put(hash, made);
      return made;
    } catch (IOException e) {
      throw new ModelException("cannot ship the model: " + e.getMessage(), e);
    }
  }

  private ModelVersion named(String other, BlobStore at) {
    return path.equals(other) ? this : new ModelVersion(other, hash, application, at, content);
  }

  private static Broadcast<MemoryBlobs> broadcast(
      SparkContext context, BlobStore store, String path) throws IOException {
    String folder = Program.hash(store).substring(0, 16);
    long bytes = 0;
    for (Blob blob : store.list(folder)) {
      bytes += blob.size();
    }
    if (bytes > BROADCAST_LIMIT) {
      return null;
    }
    MemoryBlobs files = new MemoryBlobs(path);
    for (Blob blob : store.list(folder)) {
      try (InputStream in = store.open(blob.name())) {
        files.put(blob.name(), in::transferTo);
      }
    }
    return ship(context, files);
  }

  private static Broadcast<MemoryBlobs> ship(SparkContext context, MemoryBlobs files) {
    return context.broadcast(files, ClassTag$.MODULE$.apply(MemoryBlobs.class));
  }

  String path() {
    return path;
  }

  String hash() {
    return hash;
  }

  /** Loads it, on a driver or an executor; see {@link ModelCache}. */
  Program load() {
    try {
      return Program.load(content == null ? store : content.value(), hash);
    } catch (IOException | RuntimeException e) {
      throw new ModelException(
          "cannot load version "
              + hash.substring(0, 16)
              + " of the model at '"
              + path
              + "': "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof ModelVersion v && v.hash.equals(hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return path + "@" + hash.substring(0, 12);
  }
}
