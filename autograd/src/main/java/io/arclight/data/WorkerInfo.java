package io.arclight.data;

import java.util.Optional;

/**
 * A thread of a {@link DataLoader} that makes batches.
 *
 * @param id from 0
 * @param workers how many there are
 */
public record WorkerInfo(int id, int workers) {
  private static final ThreadLocal<WorkerInfo> CURRENT = new ThreadLocal<>();

  /** Which one this thread is; empty on other threads. */
  public static Optional<WorkerInfo> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  static void current(WorkerInfo info) {
    CURRENT.set(info);
  }
}
