package io.arclight.distributed;

import com.sun.management.OperatingSystemMXBean;
import io.arclight.tensor.DType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** One rank in a JVM of its own, and the handle that its parent holds. */
final class RingProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final PrintWriter input;
  private final String address;

  private RingProcess(int rank, int size, String task) throws IOException {
    process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                RingProcess.class.getName(),
                String.valueOf(rank),
                String.valueOf(size),
                task)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    input =
        new PrintWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), true);
    address = output.readLine();
  }

  /** Starts all ranks of a ring at {@code task} and tells them of each other. */
  static List<RingProcess> start(int size, String task) throws Exception {
    List<RingProcess> ranks = Ranks.run(size, rank -> new RingProcess(rank, size, task));
    String addresses = String.join(",", ranks.stream().map(rank -> rank.address).toList());
    ranks.forEach(rank -> rank.input.println(addresses));
    return ranks;
  }

  /** The next line that the rank prints, null at its end. */
  String line() throws IOException {
    return output.readLine();
  }

  void signal(String name) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start();
    if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
      throw new IllegalStateException("kill -" + name + " failed");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  public static void main(String[] args) throws Exception {
    int rank = Integer.parseInt(args[0]);
    RingServer server = RingServer.bind("127.0.0.1", PortRange.ANY);
    System.out.println(server.address());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<String> addresses = Arrays.asList(in.readLine().split(","));
    RingSettings settings =
        switch (args[2]) {
          case "watchful" -> Rings.WATCHFUL;
          case "benchmark-tcp" -> Rings.SETTINGS.withSameHost(SameHost.TCP);
          case "benchmark-encrypted" ->
              Rings.SETTINGS.withSameHost(SameHost.TCP).withEncryption(Encryption.AES_GCM);
          default -> Rings.SETTINGS;
        };
    try (Communicator ring = Rings.connect(server, rank, addresses, settings)) {
      if (args[2].startsWith("benchmark")) {
        benchmark(ring);
      } else {
        reduceForEver(ring);
      }
    } catch (CollectiveException e) {
      System.out.println(e.getClass().getSimpleName() + " " + e.details().culprit());
      System.out.println(e.getMessage().lines().findFirst().orElse(""));
    }
    System.exit(0);
  }

  private static void reduceForEver(Communicator ring) {
    try (HostArray x = HostArray.filled(1 << 20, 0)) {
      for (int round = 0; ; round++) {
        ring.allReduce(x.address, x.count, x.dtype, ReduceOp.SUM).await();
        if (round == 3) {
          System.out.println("running");
        }
      }
    }
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void benchmark(Communicator ring) {
    for (int count : new int[] {1_000, 10_000, 100_000, 1_000_000, 10_000_000}) {
      try (HostArray x = HostArray.filled(count, 1)) {
        int rounds = Math.max(20, Math.min(2000, 40_000_000 / count));
        List<Double> seconds = new ArrayList<>();
        long cpu = 0;
        for (int round = 0; round < rounds + rounds / 2; round++) {
          ring.barrier().await();
          long start = System.nanoTime();
          ring.allReduce(x.address, count, DType.FLOAT32, ReduceOp.AVG).await();
          if (round == rounds / 2) {
            cpu = cpuNanos();
          }
          if (round >= rounds / 2) {
            seconds.add((System.nanoTime() - start) / 1e9);
          }
        }
        seconds.sort(null);
        double median = seconds.get(rounds / 2);
        System.out.printf(
            Locale.ROOT,
            "rank %d: %9d floats, best %8.3f ms, median %8.3f ms, %6.3f GB/s (median), cpu %8.3f ms%n",
            ring.rank(),
            count,
            seconds.get(0) * 1e3,
            median * 1e3,
            4.0 * count * 2 * (ring.size() - 1) / ring.size() / median / 1e9,
            (cpuNanos() - cpu) / 1e6 / (rounds - 1));
      }
    }
    System.out.println("end");
  }
}
