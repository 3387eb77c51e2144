package io.arclight.spark.sql;

import io.arclight.data.blob.Blob;
import io.arclight.data.blob.BlobContent;
import io.arclight.data.blob.BlobStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.util.List;
import java.util.TreeMap;

/** The files of a model in memory, to travel by broadcast. */
final class MemoryBlobs implements BlobStore {
  private static final long serialVersionUID = 1L;

  private final String location;
  private final TreeMap<String, byte[]> files = new TreeMap<>();

  MemoryBlobs(String location) {
    this.location = location;
  }

  @Override
  public synchronized void put(String name, BlobContent content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    content.writeTo(out);
    files.put(name, out.toByteArray());
  }

  @Override
  public synchronized void create(String name, byte[] content) throws IOException {
    if (files.putIfAbsent(name, content.clone()) != null) {
      throw new FileAlreadyExistsException(name);
    }
  }

  @Override
  public synchronized InputStream open(String name) throws IOException {
    byte[] content = files.get(name);
    if (content == null) {
      throw new FileNotFoundException(name + " is not in " + location);
    }
    return new ByteArrayInputStream(content);
  }

  @Override
  public synchronized List<Blob> list(String folder) {
    return files.entrySet().stream()
        .filter(e -> folder.isEmpty() || e.getKey().startsWith(folder + "/"))
        .map(e -> new Blob(e.getKey(), e.getValue().length))
        .toList();
  }

  @Override
  public synchronized void delete(String name) {
    files.keySet().removeIf(n -> n.equals(name) || n.startsWith(name + "/"));
  }

  @Override
  public String location() {
    return location;
  }
}
