package io.arclight.spark.feed;

import io.arclight.spark.internal.MappedFile;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.unsafe.Platform;

/**
 * Rows of one width in a file that grows, read through the page cache. The file is mapped piece by
 * piece; where its end or a disk fails beneath a piece, the rows have wrong bytes and an {@link
 * InternalError} comes, in {@link #awaitFault} at the latest.
 */
final class RowMap implements AutoCloseable {
  private static final int PIECE = 256 << 20;

  /** So many bytes no compiled code allocates by itself, without the JVM's help. */
  private static final int LARGE = 1 << 24;

  private final FileChannel file;
  private final int rowBytes;

  /** Rows of a piece, as a power of two. */
  private final int shift;

  private final List<MappedFile> pieces = new ArrayList<>();

  RowMap(FileChannel file, int rowBytes) {
    this.file = file;
    this.rowBytes = rowBytes;
    int rows = Math.max(1, PIECE / Math.max(1, rowBytes));
    this.shift = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(rows);
  }

  /** Copies row {@code row}, which has been written, to {@code target}. */
  void copy(long row, long target) throws IOException {
    long source = address(row);
    if (rowBytes == Long.BYTES) {
      Platform.putLong(null, target, Platform.getLong(null, source));
    } else if (rowBytes == Integer.BYTES) {
      Platform.putInt(null, target, Platform.getInt(null, source));
    } else {
      Platform.copyMemory(null, source, null, target, rowBytes);
    }
  }

  /** Row {@code row} of four bytes, as the machine has them. */
  int integer(long row) throws IOException {
    return Platform.getInt(null, address(row));
  }

  /**
   * Ends in an {@link InternalError} if a copy before has failed: the JVM tells of that when the
   * thread next asks it for help, which might be in the midst of something else.
   */
  static void awaitFault() {
    Reference.reachabilityFence(new byte[LARGE]);
  }

  private long address(long row) throws IOException {
    int piece = (int) (row >>> shift);
    long first = (long) piece << shift;
    while (pieces.size() <= piece) {
      pieces.add(null);
    }
    MappedFile mapped = pieces.get(piece);
    if (mapped == null) {
      mapped = MappedFile.read(file, first * rowBytes, (1L << shift) * rowBytes);
      pieces.set(piece, mapped);
    }
    return mapped.address() + (row - first) * rowBytes;
  }

  @Override
  public void close() {
    for (MappedFile piece : pieces) {
      if (piece != null) {
        piece.close();
      }
    }
    pieces.clear();
  }
}
