package io.arclight.distributed;

import java.util.List;

/**
 * Prints latency and bus bandwidth of allReduce between JVMs over loopback. Run with the test class
 * path: {@code java -cp ... io.arclight.distributed.RingBenchmark 2}; {@code tcp} or {@code
 * encrypted} after it leave shared memory out.
 */
final class RingBenchmark {
  private RingBenchmark() {}

  public static void main(String[] args) throws Exception {
    int size = args.length == 0 ? 2 : Integer.parseInt(args[0]);
    String over = args.length < 2 ? "" : "-" + args[1];
    List<RingProcess> ranks = RingProcess.start(size, "benchmark" + over);
    try {
      for (String line = ""; line != null && !line.equals("end"); line = ranks.get(0).line()) {
        System.out.println(line);
      }
    } finally {
      ranks.forEach(RingProcess::close);
    }
  }
}
