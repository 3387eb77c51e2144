package io.arclight.tensor.memory;

import io.arclight.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Random;

/**
 * Allocates and frees as a training loop does, for many steps, and prints the resident memory on
 * the way: {@code MemorySoak scope|none [steps]}. Ends with exit code 1 when it grew.
 *
 * <p>A step makes 24 storages of 16 bytes to 400 KiB, of which some are retained until later in the
 * step (saved tensors), and one that replaces a parameter kept from an earlier step.
 */
public final class MemorySoak {
  private static final int PRINTS = 10;
  private static final int WARM_UP_PRINTS = 3;
  private static final int PARAMETERS = 8;
  private static final double GROWTH = 1.15;

  private final Random random = new Random(1);
  private final Storage[] parameters = new Storage[PARAMETERS];
  private final ArrayDeque<Storage> saved = new ArrayDeque<>();

  private MemorySoak() {}

  public static void main(String[] arguments) throws Exception {
    boolean scoped = arguments[0].equals("scope");
    int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200_000;
    MemorySoak soak = new MemorySoak();
    long settled = 0;
    long start = System.nanoTime();
    for (int print = 1; print <= PRINTS; print++) {
      for (int i = 0; i < steps / PRINTS; i++) {
        if (scoped) {
          try (Scope scope = Scope.open()) {
            soak.step();
          }
        } else {
          soak.step();
        }
      }
      long resident = residentBytes();
      if (print <= WARM_UP_PRINTS) {
        settled = Math.max(settled, resident);
      }
      System.out.printf(
          Locale.ROOT,
          "step %7d: resident %6.1f MiB, reserved %6.1f, live %6.1f, peak %6.1f, storages %d,"
              + " %.1f us a step%n",
          print * (steps / PRINTS),
          mib(resident),
          mib(Memory.reservedBytes()),
          mib(Memory.liveBytes()),
          mib(Memory.peakBytes()),
          Memory.liveStorages(),
          (System.nanoTime() - start) / 1e3 / (print * (steps / PRINTS)));
    }
    boolean flat = residentBytes() <= settled * GROWTH;
    System.out.println(flat ? "flat" : "GREW");
    System.exit(flat && LeakDetector.leaks() == 0 ? 0 : 1);
  }

  private void step() {
    for (int i = 0; i < 24; i++) {
      Storage storage = Storage.allocate(Device.CPU, bytes(i), "soak");
      HostMemory.fill(storage.address(), Math.min(storage.bytes(), 4096), (byte) i);
      if (i % 4 == 0) {
        storage.retain();
        saved.push(storage);
      }
    }
    while (!saved.isEmpty()) {
      saved.pop().release();
    }
    int which = random.nextInt(PARAMETERS);
    Storage fresh = Storage.allocate(Device.CPU, bytes(which), "parameter");
    fresh.keep();
    if (parameters[which] != null && random.nextBoolean()) {
      parameters[which].close();
    }
    parameters[which] = fresh;
  }

  private long bytes(int i) {
    long bytes = 16L << i % 12;
    return i % 3 == 0 ? bytes + random.nextInt(1000) : i % 8 == 7 ? 100_352 * 4L : bytes;
  }

  private static long residentBytes() throws IOException {
    String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
    return Long.parseLong(pages[1]) * 4096;
  }

  private static double mib(long bytes) {
    return bytes / 1048576.0;
  }
}
