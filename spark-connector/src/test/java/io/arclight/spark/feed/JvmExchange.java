package io.arclight.spark.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Sums over ranks that are threads of this JVM. */
final class JvmExchange implements AvailabilityExchange {
  private static final Map<String, JvmExchange> GROUPS = new ConcurrentHashMap<>();

  private final int ranks;
  private final List<long[]> sums = new ArrayList<>();
  private final List<Integer> arrived = new ArrayList<>();

  private JvmExchange(int ranks) {
    this.ranks = ranks;
  }

  /** A view of the group for one rank. */
  static AvailabilityExchange join(String group, int ranks) {
    JvmExchange exchange = GROUPS.computeIfAbsent(group, g -> new JvmExchange(ranks));
    int[] next = {0};
    return local -> exchange.add(next[0]++, local);
  }

  @Override
  public Supplier<long[]> start(long[] local) {
    throw new UnsupportedOperationException("join a group");
  }

  private synchronized Supplier<long[]> add(int sequence, long[] local) {
    if (sums.size() == sequence) {
      sums.add(new long[local.length]);
      arrived.add(0);
    }
    long[] sum = sums.get(sequence);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += local[i];
    }
    arrived.set(sequence, arrived.get(sequence) + 1);
    notifyAll();
    return () -> await(sequence);
  }

  private synchronized long[] await(int sequence) {
    try {
      while (arrived.get(sequence) < ranks) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
    return sums.get(sequence);
  }
}
