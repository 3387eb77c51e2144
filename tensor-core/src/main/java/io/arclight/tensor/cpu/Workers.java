package io.arclight.tensor.cpu;

import java.util.ArrayDeque;

/**
 * The one pool of this JVM: a loop runs on the calling thread and on workers that it borrows, in
 * chunks dealt out as threads come free.
 *
 * <p>The limit of threads is the calling thread's {@link #threads(int)}, else {@link
 * #defaultThreads(int)}, else {@code -Darclight.threads}, else the processors.
 */
public final class Workers {
  /** A part of a loop. */
  @FunctionalInterface
  public interface RangeBody {
    void run(long begin, long end);
  }

  private static final class Caller {
    private int limit;
    private boolean busy;
  }

  private static final int CHUNKS_PER_THREAD = 4;
  private static final ThreadLocal<Caller> CALLER = ThreadLocal.withInitial(Caller::new);
  private static final ArrayDeque<Worker> IDLE = new ArrayDeque<>();
  private static int started;
  private static volatile int defaultThreads =
      Integer.getInteger("arclight.threads", Runtime.getRuntime().availableProcessors());

  /** The size of the pool and its callers: the processors, or more when a limit asks for it. */
  private static volatile int mostThreads =
      Math.max(defaultThreads, Runtime.getRuntime().availableProcessors());

  private Workers() {}

  /** The most threads, itself included, that a loop of the calling thread uses. */
  public static int threads() {
    return threads(CALLER.get());
  }

  /** Sets {@link #threads()} for the calling thread; 0 returns to the default. */
  public static void threads(int limit) {
    CALLER.get().limit = check(limit, 0);
  }

  /** Sets the limit of threads that have none of their own. */
  public static void defaultThreads(int limit) {
    defaultThreads = check(limit, 1);
  }

  /**
   * Runs {@code body} over [0, n) and returns when all of it is done.
   *
   * <p>Ranges begin at multiples of {@code grain} and are whole multiples of it but for the last.
   * With one thread, for {@code n <= grain}, and inside another loop the body runs once, inline.
   * What a body throws ends the loop and is thrown here.
   *
   * @param grain the fewest iterations worth a task of their own
   */
  public static void run(long n, long grain, RangeBody body) {
    if (n <= 0) {
      return;
    }
    Caller caller = CALLER.get();
    int threads = caller.busy || n <= grain ? 1 : threads(caller);
    if (threads == 1) {
      body.run(0, n);
      return;
    }
    caller.busy = true;
    try {
      share(n, Math.max(1, grain), body, threads);
    } finally {
      caller.busy = false;
    }
  }

  static void enterWorker() {
    CALLER.get().busy = true;
  }

  static void idle(Worker worker) {
    synchronized (IDLE) {
      IDLE.push(worker);
    }
  }

  private static void share(long n, long grain, RangeBody body, int threads) {
    long grains = (n + grain - 1) / grain;
    long perChunk = Math.max(1, grains / ((long) threads * CHUNKS_PER_THREAD));
    long chunks = (grains + perChunk - 1) / perChunk;
    int helpers = (int) Math.min(threads - 1L, chunks - 1);
    Loop loop = new Loop(n, perChunk * grain, body);
    Worker[] borrowed = new Worker[helpers];
    int count = 0;
    while (count < helpers) {
      Worker worker = borrow();
      if (worker == null) {
        break;
      }
      borrowed[count++] = worker;
      loop.expect();
      worker.offer(loop);
    }
    loop.work();
    for (int i = 0; i < count; i++) {
      if (borrowed[i].withdraw(loop)) {
        loop.leave();
        idle(borrowed[i]);
      }
    }
    loop.await();
  }

  /** An idle worker, or a new one while there are few, or null: a loop never waits for workers. */
  private static Worker borrow() {
    int number;
    synchronized (IDLE) {
      Worker worker = IDLE.poll();
      if (worker != null || started >= mostThreads - 1) {
        return worker;
      }
      number = ++started;
    }
    Worker worker = new Worker();
    // No inherited thread locals or class loader: the worker outlives the caller's application.
    Thread thread = new Thread(null, worker, "arclight-worker-" + number, 0, false);
    thread.setContextClassLoader(Workers.class.getClassLoader());
    thread.setDaemon(true);
    worker.start(thread);
    return worker;
  }

  private static int threads(Caller caller) {
    return caller.limit > 0 ? caller.limit : defaultThreads;
  }

  private static int check(int limit, int least) {
    if (limit < least) {
      throw new IllegalArgumentException("a limit of " + limit + " threads: use at least " + least);
    }
    synchronized (IDLE) {
      mostThreads = Math.max(mostThreads, limit);
    }
    return limit;
  }
}
