package io.arclight.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Processes that tests start. */
final class Processes {
  private Processes() {}

  /** The flags that Spark needs on Java 17. */
  static List<String> javaOptions() {
    return List.of(
        org.apache.spark.launcher.JavaModuleOptions.defaultModuleOptions().trim().split("\\s+"));
  }

  /** Starts a Java process whose output goes to the file {@code log}. */
  static Process java(
      List<String> options,
      String classPath,
      Path log,
      Map<String, String> environment,
      String... command)
      throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(javaOptions());
    line.addAll(options);
    line.add("-cp");
    line.add(classPath);
    line.addAll(List.of(command));
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Waits for the end of {@code process}; its exit code. It is killed when it takes too long. */
  static int await(Process process, Duration limit, Path log) throws IOException {
    try {
      if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue();
      }
      throw new IllegalStateException(
          "not done after %d s:%n%s".formatted(limit.toSeconds(), Files.readString(log)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + process, e);
    } finally {
      end(List.of(process.toHandle()));
    }
  }

  /** Kills the processes and everything that they started. */
  static void end(List<ProcessHandle> processes) {
    List<ProcessHandle> all = new ArrayList<>();
    for (ProcessHandle process : processes) {
      process.descendants().forEach(all::add);
      all.add(process);
    }
    all.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(all, Duration.ofSeconds(10));
  }

  /** Those of {@code processes} that still live after {@code limit}. */
  static List<ProcessHandle> awaitEnd(List<ProcessHandle> processes, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (processes.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < deadline) {
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return processes.stream().filter(ProcessHandle::isAlive).toList();
  }
}
