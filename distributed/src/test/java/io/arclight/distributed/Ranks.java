package io.arclight.distributed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs one function per rank, each on its own thread, never longer than a limit. */
final class Ranks {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  private Ranks() {}

  interface Body<T> {
    T run(int rank) throws Exception;
  }

  interface RankBody<T> {
    T run(Communicator communicator) throws Exception;
  }

  /** What each rank returned or threw, by rank. */
  static List<Object> outcomes(int size, Body<?> body) throws Exception {
    List<CompletableFuture<Object>> results = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      int own = rank;
      CompletableFuture<Object> result = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  result.complete(body.run(own));
                } catch (Throwable e) {
                  result.complete(e);
                }
              },
              "rank-" + rank);
      thread.setDaemon(true);
      thread.start();
      results.add(result);
      threads.add(thread);
    }
    long end = System.nanoTime() + LIMIT.toNanos();
    List<Object> outcomes = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      try {
        outcomes.add(results.get(rank).get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
      } catch (TimeoutException e) {
        AssertionError error = new AssertionError("rank " + rank + " hangs");
        error.setStackTrace(threads.get(rank).getStackTrace());
        throw error;
      }
    }
    return outcomes;
  }

  /** What each rank returned; throws what any threw. */
  @SuppressWarnings("unchecked")
  static <T> List<T> run(int size, Body<T> body) throws Exception {
    List<Object> outcomes = outcomes(size, body);
    for (Object outcome : outcomes) {
      if (outcome instanceof Throwable thrown) {
        throw new AssertionError("a rank failed", thrown);
      }
    }
    return (List<T>) (List<?>) outcomes;
  }

  static <T> List<T> inProcess(int size, RankBody<T> body) throws Exception {
    List<Communicator> group = InProcessCommunicator.group(size);
    return run(size, rank -> body.run(group.get(rank)));
  }
}
