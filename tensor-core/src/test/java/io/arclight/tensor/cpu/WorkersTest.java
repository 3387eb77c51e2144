package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class WorkersTest {
  @AfterEach
  void defaultLimit() {
    Workers.threads(0);
  }

  @Test
  void everyIndexRunsOnceAndRangesStartAtTheGrain() {
    for (int threads : new int[] {1, 2, 5}) {
      Workers.threads(threads);
      for (int n : new int[] {0, 1, 63, 64, 65, 1000, 12345}) {
        AtomicIntegerArray runs = new AtomicIntegerArray(n);
        Workers.run(
            n,
            64,
            (begin, end) -> {
              assertThat(begin % 64).isZero();
              assertThat(end == n || end % 64 == 0).isTrue();
              for (long i = begin; i < end; i++) {
                runs.incrementAndGet((int) i);
              }
            });
        for (int i = 0; i < n; i++) {
          assertThat(runs.get(i)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void workersHelpAndTheLimitHolds() {
    Workers.threads(3);
    assertThat(Workers.threads()).isEqualTo(3);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    for (int round = 0; round < 500 && seen.size() < Workers.threads(); round++) {
      Workers.run(
          64,
          1,
          (begin, end) -> {
            seen.add(Thread.currentThread());
            busy(100_000);
          });
    }
    assertThat(seen).hasSize(Workers.threads()).contains(Thread.currentThread());
    Workers.threads(1);
    Workers.run(64, 1, (begin, end) -> assertThat(end - begin).isEqualTo(64));
  }

  @Test
  void nestedLoopsRunInline() {
    Workers.threads(4);
    AtomicInteger inner = new AtomicInteger();
    Workers.run(
        16,
        1,
        (begin, end) -> {
          Thread outer = Thread.currentThread();
          for (long i = begin; i < end; i++) {
            Workers.run(
                100,
                1,
                (from, to) -> {
                  assertThat(Thread.currentThread()).isSameAs(outer);
                  assertThat(to - from).isEqualTo(100);
                  inner.incrementAndGet();
                });
          }
        });
    assertThat(inner.get()).isEqualTo(16);
  }

  @Test
  void whatABodyThrowsReachesTheCallerAndThePoolLives() {
    Workers.threads(2);
    for (int round = 0; round < 200; round++) {
      int bad = round % 8;
      assertThatThrownBy(
              () ->
                  Workers.run(
                      8,
                      1,
                      (begin, end) -> {
                        if (begin == bad) {
                          throw new IllegalStateException("chunk " + begin);
                        }
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("chunk " + bad);
    }
    everyIndexRunsOnceAndRangesStartAtTheGrain();
  }

  @Test
  void anInterruptIsKeptForTheCaller() {
    Workers.threads(2);
    Thread.currentThread().interrupt();
    Workers.run(16, 1, (begin, end) -> busy(200_000));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void manyCallersShareThePool() throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> callers = new ArrayList<>();
    for (int c = 0; c < 6; c++) {
      Thread caller =
          new Thread(
              () -> {
                Workers.threads(3);
                for (int round = 0; round < 2000; round++) {
                  AtomicInteger sum = new AtomicInteger();
                  Workers.run(100, 3, (begin, end) -> sum.addAndGet((int) (end - begin)));
                  if (sum.get() != 100) {
                    throw new AssertionError("ran " + sum.get() + " of 100");
                  }
                }
              });
      caller.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
      callers.add(caller);
      caller.start();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(failure.get()).isNull();
  }

  @Test
  void oneThreadAllocatesNothing() {
    Workers.threads(1);
    Workers.RangeBody body = (begin, end) -> {};
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long allocated = 0;
    for (int round = 0; round < 3; round++) {
      long before = bean.getThreadAllocatedBytes(thread);
      for (int i = 0; i < 10_000; i++) {
        Workers.run(1 << 20, 1, body);
      }
      allocated = bean.getThreadAllocatedBytes(thread) - before;
    }
    assertThat(allocated).isLessThan(10_000);
  }

  @Test
  void badLimitsAreRefused() {
    assertThatThrownBy(() -> Workers.threads(-1)).hasMessageContaining("a limit of -1 threads");
    assertThatThrownBy(() -> Workers.defaultThreads(0)).hasMessageContaining("at least 1");
  }

  private static void busy(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
  }
}
