package io.arclight.spark.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Cuts what is written into chunks that fit in one message. */
final class ChunkedOutputStream extends OutputStream {
  /** Far below spark.rpc.message.maxSize (128 MiB), so that heartbeats pass between chunks. */
  private static final int CHUNK = 4 << 20;

  /** Takes the chunks in order. */
  @FunctionalInterface
  interface Sink {
    void accept(int index, byte[] bytes) throws IOException;
  }

  private final Sink sink;
  private final byte[] buffer = new byte[CHUNK];
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
      int n = Math.min(left, CHUNK - used);
      System.arraycopy(bytes, from, buffer, used, n);
      used += n;
      from += n;
      left -= n;
      if (used == CHUNK) {
        send();
      }
    }
  }

  /** Sends what is left; an empty blob has one empty chunk. */
  @Override
  public void close() throws IOException {
    if (used > 0 || chunks == 0) {
      send();
    }
  }

  private void send() throws IOException {
    sink.accept(chunks++, Arrays.copyOf(buffer, used));
    used = 0;
  }
}
