package io.arclight.spark.launch;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;

/** Reads a file of a checkpoint and fails at its end when it is not what was written. */
final class VerifiedInputStream extends FilterInputStream {
  private final CheckpointFile file;
  private final CRC32C crc = new CRC32C();
  private long count;

  VerifiedInputStream(InputStream in, CheckpointFile file) {
    super(in);
    this.file = file;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = in.read(buffer, offset, length);
    if (n > 0) {
      count += n;
      crc.update(buffer, offset, n);
    } else if (n < 0) {
      verify();
    }
    return n;
  }

  @Override
  public long skip(long n) throws IOException {
    return readNBytes((int) Math.min(n, 1 << 16)).length;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void verify() throws IOException {
    if (count != file.size()) {
      throw new IOException(
          "%s has %d bytes, %d were written; it is truncated"
              .formatted(file.blob(), count, file.size()));
    }

    if (crc.getValue() != file.crc32c()) {
      throw new IOException(
          "%s has CRC32C %08x, %08x was written; it is damaged"
              .formatted(file.blob(), crc.getValue(), file.crc32c()));
    }
  }
}
