package io.arclight.datasource;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The content of packed files, unpacked once in a JVM for all partitions and epochs that read them.
 *
 * <p>A packed file can only be read from its start, so each of P partitions would unpack what is
 * before it, in every epoch. The garbage collector may take any content back.
 */
final class UnpackedFiles {
  static final UnpackedFiles SHARED = new UnpackedFiles(Runtime.getRuntime().maxMemory() / 8);

  private final long limit;
  private final Map<IdxFile, Content> contents = new LinkedHashMap<>(16, 0.75f, true);

  /** Holds at most {@code limit} bytes; those that were used last stay. */
  UnpackedFiles(long limit) {
    this.limit = limit;
  }

  /** Unpacks a file. */
  @FunctionalInterface
  interface Unpacking {
    byte[] run() throws IOException;
  }

  /** Whether a file is small enough to be held. */
  boolean fits(IdxFile file) {
    return file.bytes() <= Math.min(limit, Integer.MAX_VALUE - 8);
  }

  /** The content of this version of a file that fits; whoever comes first unpacks it. */
  byte[] get(IdxFile file, Unpacking unpacking) throws IOException {
    Content content = content(file);
    synchronized (content) {
      byte[] bytes = content.bytes.get();
      if (bytes == null) {
        bytes = unpacking.run();
        content.bytes = new SoftReference<>(bytes);
      }
      return bytes;
    }
  }

  private synchronized Content content(IdxFile file) {
    Content content = contents.computeIfAbsent(file, f -> new Content());
    long held = contents.keySet().stream().mapToLong(IdxFile::bytes).sum();
    for (Iterator<IdxFile> eldest = contents.keySet().iterator(); held > limit; ) {
      held -= eldest.next().bytes();
      eldest.remove();
    }
    return content;
  }

  private static final class Content {
    private SoftReference<byte[]> bytes = new SoftReference<>(null);
  }
}
