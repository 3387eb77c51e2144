package io.arclight.spark.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Cuts what is written into chunks that fit in one message. {@link #finish} sends the last; where
 * writing fails it is not called, and nobody takes the rest for the whole.
 */
final class ChunkedOutputStream extends OutputStream {
  /** Far below spark.rpc.message.maxSize (128 MiB), so that heartbeats pass between chunks. */
  private static final int CHUNK = 4 << 20;

  /** Room at first, for the many small blobs. */
  private static final int SMALL = 16 << 10;

  /** Takes the chunks in order. */
  @FunctionalInterface
  interface Sink {
    void accept(int index, byte[] bytes, boolean last) throws IOException;
  }

  private final Sink sink;
  private byte[] buffer = new byte[SMALL];
  private int used;
  private int chunks;

  ChunkedOutputStream(Sink sink) {
    this.sink = sink;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int from = offset;
    int left = length;
    while (left > 0) {
      if (used == CHUNK) {
        send(false);
      }
      int n = Math.min(left, CHUNK - used);
      if (used + n > buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.min(CHUNK, Math.max(used + n, 2 * buffer.length)));
      }
      System.arraycopy(bytes, from, buffer, used, n);
      used += n;
      from += n;
      left -= n;
    }
  }

  /** Sends what is left, as the last chunk; an empty blob has one empty chunk. */
  void finish() throws IOException {
    send(true);
  }

  private void send(boolean last) throws IOException {
    sink.accept(chunks++, Arrays.copyOf(buffer, used), last);
    used = 0;
  }
}
