package io.arclight.tensor.memory;

import io.arclight.tensor.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacpp.BytePointer;

/**
 * Storages for tests that end where a page ends whose touch kills: a native read or write past the
 * end crashes the JVM (SIGBUS), one from Java does too or throws {@code InternalError} soon after.
 * Bytes before the start are checked when the storage is freed.
 *
 * <p>The page is one of a mapped file that was cut off behind the mapping's back, which needs no
 * native code; works on Linux. Storages are aligned to their element, not to 64 bytes.
 */
public final class GuardedMemory {
  private static final long PAGE = 4096;
  private static final int CANARIES = 64;
  private static final byte CANARY = (byte) 0xa5;

  private GuardedMemory() {}

  /** Uninitialised memory of {@code bytes} bytes on the CPU. */
  public static Storage allocate(long bytes) {
    try {
      Path file = Files.createTempFile("guarded", ".memory");
      try (FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE)) {
        long usable = (bytes + CANARIES + PAGE - 1) / PAGE * PAGE;
        MappedByteBuffer pages = channel.map(FileChannel.MapMode.READ_WRITE, 0, usable + PAGE);
        channel.truncate(usable);
        BytePointer pointer = new BytePointer(pages);
        long start = pointer.address() + usable - bytes;
        HostMemory.fill(start - CANARIES, CANARIES, CANARY);
        return Storage.adopt(Device.CPU, start, bytes, () -> check(pointer, start));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The pointer is an argument because it keeps the pages mapped until here. */
  private static void check(BytePointer pages, long start) {
    for (int i = 1; i <= CANARIES; i++) {
      if (HostMemory.int8(start - i) != CANARY) {
        throw new AssertionError("a byte " + i + " before a guarded storage was overwritten");
      }
    }
    pages.close();
  }
}
