package io.arclight.distributed;

import java.util.List;

/**
 * Prints latency and bus bandwidth of allReduce between JVMs over loopback. Run with the test class
 * path: {@code java -cp ... io.arclight.distributed.RingBenchmark 2}.
 */
final class RingBenchmark {
  private RingBenchmark() {}

  public static void main(String[] args) throws Exception {
    int size = args.length == 0 ? 2 : Integer.parseInt(args[0]);
    List<RingProcess> ranks = RingProcess.start(size, "benchmark");
    try {
      for (String line = ""; line != null && !line.equals("end"); line = ranks.get(0).line()) {
        System.out.println(line);
      }
    } finally {
      ranks.forEach(RingProcess::close);
    }
  }
}
