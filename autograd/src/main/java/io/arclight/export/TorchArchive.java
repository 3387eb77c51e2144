package io.arclight.export;

import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** The zip file of a checkpoint. What it holds never exceeds what the file's size explains. */
final class TorchArchive implements AutoCloseable {
  private static final int MAX_PICKLE = 256 << 20;
  private static final int MAX_TEXT = 1000;
  private static final int NEWEST_VERSION = 10;

  /** How far compressed records may grow; weights hardly do, and a bomb a thousandfold. */
  private static final long MAX_GROWTH = 100;

  private static final String KNOWN = "data\\.pkl|data/.*|version|\\.data/serialization_id|";

  private static final byte[] ZIP = {'P', 'K'};
  private static final byte[] LEGACY = {
    (byte) 0x80, 2, (byte) 0x8a, 10, 'l', (byte) 0xfc, (byte) 0x9c, 'F', (byte) 0xf9
  };

  private final ZipFile zip;
  private final String name;
  private final Map<String, ZipEntry> records = new HashMap<>();
  private String top;
  private boolean bigEndian;

  private TorchArchive(ZipFile zip, String name) {
    this.zip = zip;
    this.name = name;
  }

  /**
   * @param name for errors
   */
  static TorchArchive open(Path file, String name) throws IOException {
    requireZip(file, name);
    try {
      TorchArchive out = new TorchArchive(new ZipFile(file.toFile()), name);
      boolean complete = false;
      try {
        out.check(Files.size(file));
        complete = true;
      } finally {
        if (!complete) {
          out.close();
        }
      }
      return out;
    } catch (ZipException | EOFException | RuntimeException e) {
      throw new MalformedFileException(name + ": no valid zip file: " + e.getMessage(), e);
    }
  }

  private static void requireZip(Path file, String name) throws IOException {
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(LEGACY.length);
    }
    if (Arrays.equals(start, LEGACY)) {
      throw new MalformedFileException(
          name
              + ": written in PyTorch's format from before version 1.6: in Python, save it again with"
              + " torch.save(torch.load(path), path)");
    }
    if (!Arrays.equals(start, 0, Math.min(2, start.length), ZIP, 0, 2)) {
      throw new MalformedFileException(
          name
              + ": no PyTorch checkpoint: it begins with '"
              + new String(start, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", ".")
              + "', not as a zip file does");
    }
  }

  private void check(long size) throws IOException {
    long plain = 0;
    long packed = 0;
    for (Iterator<? extends ZipEntry> it = zip.stream().iterator(); it.hasNext(); ) {
      ZipEntry entry = it.next();
      if (records.put(entry.getName(), entry) != null) {
        throw error(entry.getName(), "is in the file twice");
      }
      boolean stored = entry.getMethod() == ZipEntry.STORED;
      plain += stored ? entry.getSize() : 0;
      packed += stored ? 0 : entry.getSize();
      if (entry.getSize() < 0 || plain > size || packed > size * MAX_GROWTH) {
        throw error(entry.getName(), "is larger than a file of " + size + " bytes can hold");
      }
      if (entry.getName().matches("[^/]+/data\\.pkl")) {
        if (top != null) {
          throw error(entry.getName(), "is a second pickle beside that of " + top);
        }
        top = entry.getName().substring(0, entry.getName().indexOf('/') + 1);
      }
    }
    if (top == null) {
      throw new MalformedFileException(
          name + ": no PyTorch checkpoint: the zip file has no data.pkl");
    }
    if (records.containsKey(top + "constants.pkl")
        || records.keySet().stream().anyMatch(r -> r.startsWith(top + "code/"))) {
      throw new MalformedFileException(
          name
              + ": a TorchScript archive, which is a program: in Python, save its weights with"
              + " torch.save(torch.jit.load(path).state_dict(), other)");
    }
    checkText();
  }

  private void checkText() throws IOException {
    if (records.containsKey(top + "byteorder")) {
      String order = text("byteorder");
      bigEndian = order.equals("big");
      if (!bigEndian && !order.equals("little")) {
        throw error(top + "byteorder", "says '" + order + "', expected little or big");
      }
    } else {
      requireKnown();
    }
    if (records.containsKey(top + "version")) {
      String version = text("version");
      if (!version.matches("\\d{1,2}") || Integer.parseInt(version) > NEWEST_VERSION) {
        throw error(top + "version", "says '" + version + "'; 1 to 10 are known");
      }
    }
  }

  /**
   * Before 2.1 PyTorch did not say the byte order; what else there is might be its damaged name.
   */
  private void requireKnown() throws MalformedFileException {
    for (String record : records.keySet()) {
      if (!record.startsWith(top) || !record.substring(top.length()).matches(KNOWN)) {
        throw error(record, "is not known, and there is no byteorder");
      }
    }
  }

  private String text(String record) throws IOException {
    return new String(read(top + record, MAX_TEXT), StandardCharsets.ISO_8859_1).strip();
  }

  boolean bigEndian() {
    return bigEndian;
  }

  byte[] pickle() throws IOException {
    return read(top + "data.pkl", MAX_PICKLE);
  }

  /** For errors about {@link #pickle()}. */
  String pickleName() {
    return name + ": " + top + "data.pkl";
  }

  /** The size of a storage, -1 where there is none. */
  long storageBytes(String key) {
    ZipEntry entry = records.get(top + "data/" + key);
    return entry == null ? -1 : entry.getSize();
  }

  void readStorage(String key, Tensor bytes) throws IOException {
    String record = top + "data/" + key;
    read(record, in -> TensorBytes.read(in, bytes, name + ": " + record));
  }

  private byte[] read(String record, int limit) throws IOException {
    long size = records.get(record).getSize();
    if (size > limit) {
      throw error(record, "has " + size + " bytes; at most " + limit + " are allowed");
    }
    byte[][] out = new byte[1][];
    read(record, in -> out[0] = in.readNBytes((int) size));
    if (out[0].length < size) {
      throw error(record, "ends after " + out[0].length + " of " + size + " bytes");
    }
    return out[0];
  }

  private void read(String record, Reader reader) throws IOException {
    ZipEntry entry = records.get(record);
    CRC32 sum = new CRC32();
    try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), sum)) {
      reader.read(in);
      if (in.read() >= 0) {
        throw error(record, "is longer than announced");
      }
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      throw new MalformedFileException(name + ": " + record + ": " + e.getMessage(), e);
    }
    if (sum.getValue() != entry.getCrc()) {
      throw error(record, "does not have the checksum that the file says: it was changed");
    }
  }

  @FunctionalInterface
  private interface Reader {
    void read(InputStream in) throws IOException;
  }

  private MalformedFileException error(String record, String problem) {
    return new MalformedFileException(name + ": " + record + " " + problem);
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
