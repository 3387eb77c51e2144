package io.arclight.tensor.memory;

import io.arclight.tensor.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private static final int MESSAGE = 4000;
  private static final String NEXT = "next: ";
  private static final Map<Long, Deque<Pages>> FREE = new HashMap<>();

  /** Usable bytes up to {@code end}, kept mapped by {@code buffer}. */
  private record Pages(MappedByteBuffer buffer, long usable, long end) {}

  private GuardedMemory() {}

  /** From now on all storages of this JVM are guarded; to be called before the first is made. */
  public static void install() {
    Storage.source = GuardedMemory::take;
  }

  /** Says what comes next, for the message of {@link #requireCleanRun} if it kills. */
  public static void next(String what) {
    System.out.println(NEXT + what);
  }

  /**
   * Runs {@code main}, which installs guarded memory and announces what it does, in its own JVM.
   */
  public static void requireCleanRun(Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    List<String> flags =
        List.of(
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:+ErrorFileToStdout",
            "-Dorg.bytedeco.javacpp.logger=none",
            "-Darclight.threads=2");
    ChildJvm child = ChildJvm.run(main, flags, arguments);
    if (child.exitCode() != 0) {
      int last = child.output().lastIndexOf(NEXT);
      int end = Math.min(child.output().length(), last + MESSAGE);
      throw new AssertionError(
          "exit code " + child.exitCode() + " in " + child.output().substring(last, end));
    }
  }

  /** Uninitialised memory of {@code bytes} bytes on the CPU. */
  static Storage allocate(long bytes) {
    BlockSource.Block block = take(bytes);
    return Storage.adopt(Device.CPU, block.address(), bytes, block.release());
  }

  private static BlockSource.Block take(long bytes) {
    long usable = (bytes + CANARIES + PAGE - 1) / PAGE * PAGE;
    Pages kept;
    synchronized (FREE) {
      kept = FREE.computeIfAbsent(usable, k -> new ArrayDeque<>()).poll();
    }
    Pages pages = kept == null ? map(usable) : kept;
    long start = pages.end - bytes;
    HostMemory.fill(start - CANARIES, CANARIES, CANARY);
    return new BlockSource.Block(start, () -> giveBack(pages, start));
  }

  private static Pages map(long usable) {
    try {
      Path file = Files.createTempFile("guarded", ".memory");
      try (FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE)) {
        MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_WRITE, 0, usable + PAGE);
        channel.truncate(usable);
        return new Pages(buffer, usable, new BytePointer(buffer).address() + usable);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void giveBack(Pages pages, long start) {
    for (int i = 1; i <= CANARIES; i++) {
      if (HostMemory.int8(start - i) != CANARY) {
        throw new AssertionError("a byte " + i + " before a guarded storage was overwritten");
      }
    }
    synchronized (FREE) {
      FREE.get(pages.usable).push(pages);
    }
  }
}
