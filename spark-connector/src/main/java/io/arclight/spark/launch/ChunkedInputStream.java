package io.arclight.spark.launch;

import java.io.IOException;
import java.io.InputStream;

/** Reads chunks one after the other. */
final class ChunkedInputStream extends InputStream {

  /** Gives a chunk, or null after the last. */
  @FunctionalInterface
  interface Source {
    byte[] chunk(int index) throws IOException;
  }

  private final Source source;
  private byte[] chunk;
  private int position;
  private int next = 1;

  ChunkedInputStream(Source source) throws IOException {
    this.source = source;
    this.chunk = source.chunk(0);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }

    while (chunk != null && position == chunk.length) {
      chunk = source.chunk(next++);
      position = 0;
    }
    if (chunk == null) {
      return -1;
    }

    int n = Math.min(length, chunk.length - position);
    System.arraycopy(chunk, position, buffer, offset, n);
    position += n;
    return n;
  }
}
