package io.arclight.tensor;

import io.arclight.tensor.memory.HostMemory;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * NumPy's files: {@code .npy} of one array, {@code .npz} of several with names. Python objects in
 * them are refused, and nothing is allocated that the file could not fill.
 *
 * <pre>{@code
 * Npy.write(Path.of("x.npy"), x);
 * Tensor y = Npy.read(Path.of("x.npy"));
 * }</pre>
 */
public final class Npy {
  private static final int BUFFER = 1 << 16;
  private static final String SUFFIX = ".npy";

  /** Deflate cannot make more of a byte. */
  private static final long LARGEST_RATIO = 1032;

  private Npy() {}

  /**
   * The array of an {@code .npy} file; a view in column order where the file is.
   *
   * @throws DataException if the file is malformed, too short, or of a type without an equal
   */
  public static Tensor read(Path file) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      return read(in, file.toString(), Files.size(file));
    }
  }

  /** Writes {@code t} as an {@code .npy} file of format version 1. */
  public static void write(Path file, Tensor t) throws IOException {
    // Before the file is opened, which may be there already.
    byte[] header = header(t);
    try (OutputStream out = Files.newOutputStream(file)) {
      write(out, header, t);
    }
  }

  /**
   * The arrays of an {@code .npz} file by name, in its order.
   *
   * @throws DataException if an array is malformed, or the archive
   */
  public static Map<String, Tensor> readAll(Path file) throws IOException {
    Map<String, Tensor> out = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().map(e -> (ZipEntry) e)::iterator) {
        String name = file + ": " + entry.getName();
        if (!entry.getName().endsWith(SUFFIX)) {
          throw new DataException(name + " is not an " + SUFFIX + " array");
        }
        long size = entry.getSize();
        if (size < 0 || size / LARGEST_RATIO > entry.getCompressedSize() + 1) {
          throw new DataException(
              name + ": " + entry.getCompressedSize() + " compressed bytes cannot hold " + size);
        }
        try (InputStream in = new BufferedInputStream(zip.getInputStream(entry), BUFFER)) {
          Tensor t = read(in, name, size);
          String key = entry.getName().substring(0, entry.getName().length() - SUFFIX.length());
          if (out.put(key, t) != null) {
            throw new DataException(name + " occurs twice");
          }
        }
      }
    } catch (ZipException e) {
      throw new DataException(file + ": not a readable .npz archive: " + e.getMessage());
    }
    return out;
  }

  /** Writes tensors as a compressed {@code .npz} file. */
  public static void writeAll(Path file, Map<String, Tensor> tensors) throws IOException {
    Map<String, byte[]> headers = new LinkedHashMap<>();
    tensors.forEach((name, t) -> headers.put(name, header(t)));
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, Tensor> e : tensors.entrySet()) {
        out.putNextEntry(new ZipEntry(e.getKey() + SUFFIX));
        write(out, headers.get(e.getKey()), e.getValue());
        out.closeEntry();
      }
    }
  }

  private static byte[] header(Tensor t) {
    return new NpyHeader(t.dtype(), ByteOrder.LITTLE_ENDIAN, false, t.shape()).bytes();
  }

  private static void write(OutputStream out, byte[] header, Tensor t) throws IOException {
    Tensor h = Tensors.onHost(t);
    out.write(header);
    byte[] buffer = new byte[BUFFER];
    long bytes = h.elements() * h.dtype().bytes();
    for (long at = 0; at < bytes; at += buffer.length) {
      int n = (int) Math.min(buffer.length, bytes - at);
      HostMemory.copy(h.address() + at, buffer, 0, n);
      out.write(buffer, 0, n);
    }
    Reference.reachabilityFence(h);
  }

  /**
   * @param available bytes that the file can hold at most
   */
  private static Tensor read(InputStream in, String file, long available) throws IOException {
    NpyHeader header = NpyHeader.read(in, file);
    long[] dims = header.shape().toArray();
    long bytes = header.shape().elements() * header.dtype().bytes();
    if (bytes > available) {
      throw new DataException(
          file
              + ": "
              + header.dtype()
              + " of shape "
              + header.shape()
              + " takes "
              + bytes
              + " bytes, the file has at most "
              + available);
    }
    if (header.columnsFirst()) {
      for (int i = 0; i < dims.length; i++) {
        dims[i] = header.shape().dim(-1 - i);
      }
    }
    Tensor out = Tensor.allocate("npy", Shape.of(dims), header.dtype(), Device.CPU);
    byte[] buffer = new byte[BUFFER];
    for (long at = 0; at < bytes; ) {
      int n = in.readNBytes(buffer, 0, (int) Math.min(buffer.length, bytes - at));
      if (n == 0) {
        out.close();
        throw new DataException(
            file + ": the file ends after " + at + " of " + bytes + " bytes of elements");
      }
      prepare(buffer, n, header);
      HostMemory.copy(buffer, 0, out.address() + at, n);
      at += n;
    }
    return header.columnsFirst() ? out.T() : out;
  }

  /** Elements in this machine's order; any byte but 0 is true. */
  private static void prepare(byte[] buffer, int n, NpyHeader header) {
    boolean complex = header.dtype().toString().startsWith("complex");
    int width = header.dtype().bytes() / (complex ? 2 : 1);
    if (header.dtype() == DType.BOOL) {
      for (int i = 0; i < n; i++) {
        buffer[i] = (byte) (buffer[i] == 0 ? 0 : 1);
      }
    } else if (header.order() != ByteOrder.nativeOrder() && width > 1) {
      for (int at = 0; at + width <= n; at += width) {
        for (int i = 0; i < width / 2; i++) {
          byte low = buffer[at + i];
          buffer[at + i] = buffer[at + width - 1 - i];
          buffer[at + width - 1 - i] = low;
        }
      }
    }
  }
}
