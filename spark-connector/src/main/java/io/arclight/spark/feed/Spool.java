package io.arclight.spark.feed;

import io.arclight.spark.internal.Linkage;
import io.arclight.spark.internal.ScratchFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The splits that a rank has read to their end, in local files, so that later epochs neither run
 * the plan nor fetch blocks again. A cache: what is missing or damaged is read from the source.
 *
 * <p>One file a field and one of checksums, to which the rows of all splits are appended as they
 * come; extents say which rows are where. Rows are copied from the mapped files to where they are
 * wanted, and checked there. Used by one thread.
 */
final class Spool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

  /** Bytes that a rank may keep; 0 for none. */
  private static final String LIMIT = "spark.arclight.spool.limit";

  private static final String DEFAULT_LIMIT = "16g";

  /** What is free is for Spark's shuffles first: at most a fourth of it is used. */
  private static final int SHARE = 4;

  private static final int TRANSFER = 16 << 20;
  private static final int MOST_TRIES = 2;

  private final int fields;
  private final int rowBytes;
  private final long limit;
  private final FileChannel[] files;
  private final RowMap[] maps;
  private final Map<Integer, Recording> splits = new HashMap<>();
  private final CRC32C crc = new CRC32C();
  private final int rowsAtATime;

  /** Rows in the files. */
  private long kept;

  private boolean full;

  /** Why nothing more is kept. */
  private String obstacle;

  private Spool(List<Field> fields, long limit, int number) throws IOException {
    this.fields = fields.size();
    this.rowBytes = fields.stream().mapToInt(Field::rowBytes).sum() + Integer.BYTES;
    this.limit = limit;
    this.rowsAtATime = Math.max(1, TRANSFER / rowBytes);
    files = new FileChannel[fields.size() + 1];
    maps = new RowMap[files.length];
    try {
      for (int i = 0; i < files.length; i++) {
        files[i] = ScratchFiles.open(number);
        int width = i < fields.size() ? fields.get(i).rowBytes() : Integer.BYTES;
        maps[i] = new RowMap(files[i], width);
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** A spool in this executor, unless settings or the local folders do not allow one. */
  static Optional<Spool> open(List<Field> fields, int number) {
    return Linkage.check(
        "files in Spark's local folders",
        () -> {
          SparkConf conf = ScratchFiles.conf();
          long limit = Math.min(limit(conf), ScratchFiles.free(number) / SHARE);
          Optional<String> obstacle = obstacle(conf);
          if (limit == 0 || obstacle.isPresent()) {
            obstacle.ifPresent(why -> LOG.info("Every epoch reads the source: {}", why));
            return Optional.empty();
          }
          try {
            return Optional.of(new Spool(fields, limit, number));
          } catch (IOException e) {
            LOG.warn("Every epoch reads the source: no files in Spark's local folders", e);
            return Optional.empty();
          }
        });
  }

  private static long limit(SparkConf conf) {
    return conf.getSizeAsBytes(LIMIT, DEFAULT_LIMIT);
  }

  /** Why an application has none by its settings; empty when it may. */
  static Optional<String> obstacle(SparkConf conf) {
    Optional<String> plain = ScratchFiles.obstacle(conf);
    return plain.isPresent() || limit(conf) > 0 ? plain : Optional.of(LIMIT + " is 0");
  }

  /** Why there is nothing more to keep rows in; null while there is. */
  String obstacle() {
    return obstacle;
  }

  /** What to do where rows must be kept and cannot. */
  static String required() {
    return "shuffle(GLOBAL) needs room in Spark's local folders for all rows that a rank reads; give"
        + " more by "
        + LIMIT
        + " and spark.local.dir, use more workers, or shuffle(WINDOW)";
  }

  /**
   * Kept rows {@code first} on of a split, which are its rows {@code row} on, are row {@code at} on
   * of the files.
   */
  private record Extent(long first, long row, long rows, long at) {
    long end() {
      return first + rows;
    }
  }

  /** The rows of a split, while they are read from the source and afterwards. */
  final class Recording {
    private final int tries;
    private final List<Extent> extents = new ArrayList<>();
    private long rows;
    private boolean complete;
    private boolean whole;
    private boolean damaged;

    /** Where the last read was, and the next is likely to be. */
    private int near;

    private Recording(int tries) {
      this.tries = tries;
    }

    /** Adds rows that follow those added before, some perhaps left out in between. */
    void add(RowBlock block, int at, int count) {
      for (int done = 0; done < count; ) {
        int n = Math.min(count - done, rowsAtATime);
        if (!append(block, at + done, n)) {
          return;
        }
        for (int i = 0; i < n; ) {
          int run = run(block, at + done + i, n - i);
          extend(SplitReader.row(block.id(at + done + i)), run);
          i += run;
          rows += run;
          kept += run;
        }
        done += n;
      }
    }

    /** How many rows follow each other in the split. */
    private int run(RowBlock block, int at, int count) {
      long id = block.id(at);
      int run = 1;
      while (run < count && block.id(at + run) == id + run) {
        run++;
      }
      return run;
    }

    private void extend(long row, int count) {
      Extent last = extents.isEmpty() ? null : extents.get(extents.size() - 1);
      if (last != null && last.at + last.rows == kept && last.row + last.rows == row) {
        extents.set(
            extents.size() - 1, new Extent(last.first, last.row, last.rows + count, last.at));
      } else {
        extents.add(new Extent(rows, row, count, kept));
      }
    }

    /** Says that all rows that are not left out were added. */
    void whole() {
      whole = true;
    }

    /** Refers one row of {@code block} to kept row {@code number} of split {@code split}. */
    void refer(int split, long number, RowBlock block, int at) {
      int low = 0;
      int high = extents.size() - 1;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (extents.get(middle).end() > number) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      Extent extent = extents.get(low);
      block.refer(at, 1, extent.at + number - extent.first);
      block.id(at, SplitReader.id(split, extent.row + number - extent.first));
    }

    /** Says that the split has {@code count} rows: it is kept if all of them were added. */
    void end(long count) {
      complete = count == rows;
    }

    /** Refers rows of {@code block} to those from {@code first} on; says how many, 0 at the end. */
    int refer(long first, RowBlock block, int at, int limit) {
      if (near == extents.size() || extents.get(near).first > first) {
        near = 0;
      }
      for (; near < extents.size(); near++) {
        Extent extent = extents.get(near);
        long skip = first - extent.first;
        if (skip < extent.rows) {
          int count = (int) Math.min(limit, extent.rows - skip);
          block.refer(at, count, extent.at + skip);
          return count;
        }
      }
      return 0;
    }

    boolean damaged() {
      return damaged;
    }

    long rows() {
      return rows;
    }
  }

  /**
   * A recording for a split that is about to be read from its source; null for one that was not
   * recorded whole before, twice: it has rows that are left out.
   */
  Recording record(int split) {
    Recording before = splits.get(split);
    if (before != null && before.tries == MOST_TRIES) {
      return null;
    }
    Recording recording = new Recording(before == null ? 1 : before.tries + 1);
    splits.put(split, recording);
    return recording;
  }

  /** A recording for a split that is about to be read whole, whatever there was of it before. */
  Recording anew(int split) {
    forget(split);
    Recording recording = new Recording(MOST_TRIES);
    splits.put(split, recording);
    return recording;
  }

  /** The rows of a split that are not left out, if all of them are here, else null. */
  Recording kept(int split) {
    Recording recording = splits.get(split);
    return recording != null && (recording.complete || recording.whole) ? recording : null;
  }

  /** The rows of a split, if all of them are here. */
  Optional<Recording> find(int split) {
    return Optional.ofNullable(splits.get(split)).filter(recording -> recording.complete);
  }

  /** From now on the split is read from its source, by readers that are open too. */
  void forget(int split) {
    Recording forgotten = splits.remove(split);
    if (forgotten != null) {
      forgotten.damaged = true;
    }
  }

  private boolean append(RowBlock block, int at, int count) {
    if (!full && (kept + count) * rowBytes > limit) {
      stop(limit + " bytes are kept, by " + LIMIT + " or the free space", null);
    }
    if (full) {
      return false;
    }
    try {
      for (int f = 0; f < fields; f++) {
        ByteBuffer bytes = block.bytes(f, at, count);
        writeFully(files[f], bytes, kept * (bytes.remaining() / count));
      }
      writeFully(files[fields], sums(block, at, count), kept * Integer.BYTES);
      return true;
    } catch (ClosedByInterruptException e) {
      throw new IllegalStateException("interrupted while writing to local files", e);
    } catch (IOException e) {
      stop("writing failed: " + e, e);
      return false;
    }
  }

  private void stop(String why, IOException cause) {
    full = true;
    obstacle = why;
    LOG.warn("The rest of the splits is read from the source in every epoch: {}", why, cause);
  }

  /**
   * Copies rows of {@code from}, in the order of {@code order} from {@code start}, wherever they
   * are; false if some are damaged here.
   */
  boolean gather(RowBlock from, int[] order, int start, int count, RowBlock to, int at) {
    int[] wanted = new int[count];
    try {
      for (int i = 0; i < count; i++) {
        int row = order[start + i];
        if (from.isHere(row)) {
          from.copy(row, to, at + i);
        } else {
          long here = from.spooled(row);
          for (int f = 0; f < fields; f++) {
            maps[f].copy(here, to.address(f, at + i));
          }
          wanted[i] = maps[fields].integer(here);
          to.id(at + i, from.id(row));
        }
      }
      ByteBuffer sums = sums(to, at, count);
      boolean whole = true;
      for (int i = 0; i < count; i++) {
        whole &= from.isHere(order[start + i]) || sums.getInt(i * Integer.BYTES) == wanted[i];
      }
      if (!whole) {
        RowMap.awaitFault();
        LOG.warn("Rows in Spark's local folders are damaged and are read from the source again");
      }
      return whole;
    } catch (ClosedByInterruptException e) {
      throw new IllegalStateException("interrupted while reading from local files", e);
    } catch (IOException | InternalError e) {
      LOG.warn("Rows in Spark's local folders cannot be read; they come from the source again", e);
      return false;
    }
  }

  /** A checksum of each row. */
  private ByteBuffer sums(RowBlock block, int at, int count) {
    ByteBuffer sums = ByteBuffer.allocate(Integer.BYTES * count).order(ByteOrder.nativeOrder());
    ByteBuffer[] bytes = new ByteBuffer[fields];
    int[] width = new int[fields];
    for (int f = 0; f < fields; f++) {
      bytes[f] = block.bytes(f, at, count);
      width[f] = bytes[f].remaining() / count;
    }
    for (int i = 0; i < count; i++) {
      crc.reset();
      for (int f = 0; f < fields; f++) {
        crc.update(bytes[f].limit(width[f] * (i + 1)).position(width[f] * i));
      }
      sums.putInt((int) crc.getValue());
    }
    return sums.flip();
  }

  private static void writeFully(FileChannel file, ByteBuffer bytes, long at) throws IOException {
    for (long to = at; bytes.hasRemaining(); ) {
      to += file.write(bytes, to);
    }
  }

  @Override
  public void close() {
    for (RowMap map : maps) {
      if (map != null) {
        map.close();
      }
    }
    for (FileChannel file : files) {
      try {
        if (file != null) {
          file.close();
        }
      } catch (IOException e) {
        LOG.debug("Closing a file without a name", e);
      }
    }
  }
}
