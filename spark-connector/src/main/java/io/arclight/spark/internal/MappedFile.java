package io.arclight.spark.internal;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.spark.storage.StorageUtils;

/** A stretch of a file in the address space, until closed. */
public final class MappedFile implements AutoCloseable {
  private final long address;
  private MappedByteBuffer buffer;

  private MappedFile(MappedByteBuffer buffer) {
    this.buffer = buffer;
    this.address = MemoryUtil.getByteBufferAddress(buffer);
  }

  /** Maps {@code bytes} bytes from {@code position} on; a shorter file is given zeros. */
  public static MappedFile read(FileChannel file, long position, long bytes) throws IOException {
    return new MappedFile(file.map(FileChannel.MapMode.READ_ONLY, position, bytes));
  }

  /** Of the first byte; valid until it is closed. */
  public long address() {
    return address;
  }

  /** Takes the mapping away; who reads there afterwards ends the process. */
  @Override
  public void close() {
    if (buffer != null) {
      StorageUtils.dispose(buffer);
      buffer = null;
    }
  }
}
