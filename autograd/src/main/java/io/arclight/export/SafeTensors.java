package io.arclight.export;

import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Files of named tensors in the safetensors format: eight bytes of header length, a JSON header,
 * the elements. Reading checks everything that the format demands and runs nothing.
 *
 * @param tensors by name, in the order of the file
 * @param metadata free text by name
 */
public record SafeTensors(Map<String, Tensor> tensors, Map<String, String> metadata) {
  static final String FILE = "model.safetensors";
  static final String INDEX = FILE + ".index.json";

  /** Reads a file. */
  public static SafeTensors read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, Files.size(file), file.toString());
    }
  }

  /** Reads a stream to its end; {@code name} is for errors. */
  public static SafeTensors read(InputStream in, String name) throws IOException {
    return read(in, Long.MAX_VALUE, name);
  }

  private static SafeTensors read(InputStream in, long size, String name) throws IOException {
    InputStream buffered = new BufferedInputStream(in, TensorBytes.CHUNK);
    SafeTensorsHeader header = SafeTensorsHeader.read(buffered, size, name);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    boolean complete = false;
    try {
      for (SafeTensorsHeader.Entry entry : header.entries()) {
        Tensor tensor = Tensor.allocate("safetensors", entry.shape(), entry.dtype(), Device.CPU);
        tensors.put(entry.name(), tensor);
        TensorBytes.read(buffered, tensor, name + ": tensor '" + entry.name() + "'");
      }
      if (buffered.read() >= 0) {
        throw new MalformedFileException(name + ": there are bytes after the last tensor");
      }
      complete = true;
    } finally {
      if (!complete) {
        tensors.values().forEach(Tensor::close);
      }
    }
    return new SafeTensors(tensors, header.metadata());
  }

  /**
   * Reads the tensors of all files that an index names, such as {@code
   * model.safetensors.index.json}; they lie beside it.
   *
   * @throws MalformedFileException also if a file does not hold what the index says
   */
  public static Map<String, Tensor> readSharded(BlobStore folder, String index) throws IOException {
    byte[] json;
    try (InputStream in = folder.open(index)) {
      json = in.readNBytes(SafeTensorsHeader.MAX_BYTES);
    }
    int slash = index.lastIndexOf('/') + 1;
    return ShardedWeights.read(
        json,
        folder.location() + "/" + index,
        ".safetensors",
        part -> {
          String name = index.substring(0, slash) + part;
          try (InputStream in = folder.open(name)) {
            return read(in, folder.location() + "/" + name).tensors();
          }
        });
  }

  /**
   * Writes {@code tensors} into a folder: as {@code model.safetensors}, or as {@code
   * model-00001-of-00003.safetensors} and so on with an index where they have more than {@code
   * maxShardBytes}. A tensor is never divided.
   */
  public static void writeSharded(
      BlobStore folder,
      Map<String, Tensor> tensors,
      Map<String, String> metadata,
      long maxShardBytes)
      throws IOException {
    ShardedWeights.write(folder, tensors, metadata, maxShardBytes);
  }

  /** Writes {@code tensors} to a file, replacing it. */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      write(out, tensors, metadata);
    }
  }

  /** Writes {@code tensors} to a stream, wider elements first, and leaves it open. */
  public static void write(
      OutputStream out, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    List<SafeTensorsHeader.Entry> entries = SafeTensorsHeader.layout(tensors);
    OutputStream buffered = new BufferedOutputStream(out, TensorBytes.CHUNK);
    buffered.write(new SafeTensorsHeader(entries, metadata).bytes());
    for (SafeTensorsHeader.Entry entry : entries) {
      TensorBytes.write(tensors.get(entry.name()), buffered);
    }
    buffered.flush();
  }
}
