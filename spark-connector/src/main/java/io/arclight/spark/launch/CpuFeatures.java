package io.arclight.spark.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What the instruction set of a machine has, in the kernel's words. */
final class CpuFeatures {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private CpuFeatures() {}

  /**
   * Flags of this machine's first core and its architecture; only that where the kernel tells no
   * more.
   */
  static Set<String> ofThisMachine() {
    Set<String> features = new TreeSet<>();
    features.add(System.getProperty("os.arch"));
    if (Files.isReadable(CPU_INFO)) {
      try (Stream<String> lines = Files.lines(CPU_INFO)) {
        lines
            .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
            .findFirst()
            .map(line -> line.substring(line.indexOf(':') + 1).trim().split("\\s+"))
            .ifPresent(flags -> features.addAll(Set.of(flags)));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException("Cannot read " + CPU_INFO, e);
      }
    }
    return features;
  }
}
