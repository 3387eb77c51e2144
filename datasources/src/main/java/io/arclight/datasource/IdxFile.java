package io.arclight.datasource;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A version of an IDX file of unsigned bytes whose header was checked.
 *
 * @param length bytes of the file, as it lies there
 * @param modificationTime in milliseconds since 1970
 * @param items images or labels in the file
 * @param height rows of an image, 1 for labels
 * @param width columns of an image, 1 for labels
 */
record IdxFile(
    String path, long length, long modificationTime, Kind kind, int items, int height, int width)
    implements Serializable {
  private static final int GZIP_BUFFER = 1 << 16;
  private static final int ITEMS_AT_A_TIME = 1024;
  private static final int MAX_IMAGE = 1 << 20;

  /** What a file holds, as its magic number says. */
  enum Kind {
    IMAGES(0x0803, 3),
    LABELS(0x0801, 1);

    private final int magic;
    private final int dimensions;

    Kind(int magic, int dimensions) {
      this.magic = magic;
      this.dimensions = dimensions;
    }
  }

  /** Reads and checks the header; a plain file must also have the length that its header says. */
  static IdxFile of(Configuration hadoop, FileStatus status, Kind kind) {
    String path = status.getPath().toString();
    try (DataInputStream in = open(hadoop, path)) {
      IdxFile file = header(status, in, kind);
      long expected = file.offset(file.items);
      if (in instanceof FSDataInputStream && status.getLen() != expected) {
        throw new DataSourceException(
            String.format(
                "%s has %d bytes where its header (%d items of %d bytes) says %d: it is %s.",
                path,
                status.getLen(),
                file.items,
                file.itemSize(),
                expected,
                status.getLen() < expected ? "truncated" : "corrupt"));
      }
      return file;
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static IdxFile header(FileStatus status, DataInputStream in, Kind kind)
      throws IOException {
    String path = status.getPath().toString();
    int[] words = {0, 0, 1, 1};
    try {
      for (int i = 0; i <= kind.dimensions; i++) {
        words[i] = in.readInt();
        if (i == 0 && words[0] != kind.magic) {
          throw wrongMagic(path, words[0], kind);
        }
      }
    } catch (EOFException e) {
      throw new DataSourceException(path + " is truncated: it ends within its header.", e);
    }

    long size = (long) words[2] * words[3];
    if (words[1] < 0 || words[2] < 1 || words[3] < 1 || size > MAX_IMAGE) {
      throw new DataSourceException(
          String.format(
              "%s is corrupt: its header says %d items of %d x %d bytes (at most %d are read).",
              path, words[1], words[2], words[3], MAX_IMAGE));
    }
    return new IdxFile(
        path, status.getLen(), status.getModificationTime(), kind, words[1], words[2], words[3]);
  }

  private static DataSourceException wrongMagic(String path, int magic, Kind kind) {
    boolean gzip = Short.reverseBytes((short) (magic >>> 16)) == (short) GZIPInputStream.GZIP_MAGIC;
    return new DataSourceException(
        String.format(
            "%s is no IDX file of %s: it begins with 0x%08x, expected 0x%08x.%s",
            path,
            kind.name().toLowerCase(Locale.ROOT),
            magic,
            kind.magic,
            gzip ? " It is gzipped: its name must end in .gz." : ""));
  }

  int itemSize() {
    return height * width;
  }

  /** Bytes of all items. */
  long bytes() {
    return (long) items * itemSize();
  }

  /** Items {@code from} to {@code to} (exclusive) of this version. */
  PinnedTable.Piece piece(int from, int to) {
    return new PinnedTable.Piece(
        path, offset(from), (long) (to - from) * itemSize(), length, modificationTime);
  }

  /**
   * Items from {@code from} on; fails if the file is no longer the one that was planned with.
   *
   * <p>Its time is not compared: where every node has a copy of its own, times differ.
   */
  IdxItems items(Configuration hadoop, int from) {
    try {
      Path name = new Path(path);
      FileStatus status = name.getFileSystem(hadoop).getFileStatus(name);
      if (status.getLen() != length) {
        throw changed(length + " bytes", "" + status.getLen());
      }
      IdxFile here =
          new IdxFile(path, length, status.getModificationTime(), kind, items, height, width);
      if (!isPacked(path) || !UnpackedFiles.SHARED.fits(here)) {
        return here.read(hadoop, status, from);
      }
      byte[] all = UnpackedFiles.SHARED.get(here, () -> here.unpack(hadoop, status));
      int at = from * itemSize();
      var rest = new ByteArrayInputStream(all, at, all.length - at);
      return new IdxItems(this, new DataInputStream(rest), from);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private byte[] unpack(Configuration hadoop, FileStatus status) throws IOException {
    byte[] all = new byte[(int) bytes()];
    try (IdxItems from = read(hadoop, status, 0)) {
      while (from.left() > 0) {
        int at = (items - from.left()) * itemSize();
        from.read(all, at, Math.min(ITEMS_AT_A_TIME, from.left()));
      }
    }
    return all;
  }

  private IdxItems read(Configuration hadoop, FileStatus status, int from) throws IOException {
    DataInputStream in = open(hadoop, path);
    try {
      IdxFile now = header(status, in, kind);
      if (!now.equals(this)) {
        throw changed(dimensions(), now.dimensions());
      }

      if (in instanceof FSDataInputStream plain) {
        plain.seek(offset(from));
      } else {
        in.skipNBytes((long) from * itemSize());
      }
      return new IdxItems(this, in, from);
    } catch (EOFException e) {
      in.close();
      throw truncated(from);
    } catch (IOException | DataSourceException e) {
      in.close();
      throw e;
    }
  }

  private String dimensions() {
    return "%d items of %d x %d bytes".formatted(items, height, width);
  }

  private DataSourceException changed(String before, String now) {
    return new DataSourceException(
        "%s changed after the query was planned: it had %s and now has %s. Load it again."
            .formatted(path, before, now));
  }

  DataSourceException truncated(int before) {
    return new DataSourceException(
        String.format(
            "%s is truncated: its header says %d items of %d bytes, it ends before item %d.",
            path, items, itemSize(), before));
  }

  static DataSourceException unreadable(String path, IOException cause) {
    String why =
        cause instanceof ZipException
            ? " is named .gz but is not gzip data, or is corrupt: "
            : " cannot be read: ";
    return new DataSourceException(path + why + cause.getMessage(), cause);
  }

  private long offset(int item) {
    return Integer.BYTES * (1L + kind.dimensions) + (long) item * itemSize();
  }

  /** An {@link FSDataInputStream}, which can seek, where the file is not gzipped. */
  private static DataInputStream open(Configuration hadoop, String name) throws IOException {
    Path path = new Path(name);
    FSDataInputStream raw = path.getFileSystem(hadoop).open(path);
    if (!isPacked(name)) {
      return raw;
    }

    try {
      return new DataInputStream(new GZIPInputStream(raw, GZIP_BUFFER));
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  private static boolean isPacked(String name) {
    return name.endsWith(".gz");
  }
}
