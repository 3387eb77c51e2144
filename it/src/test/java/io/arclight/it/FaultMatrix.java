package io.arclight.it;

import io.arclight.spark.launch.RunListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;

/** Kills an executor at many moments, which a seed chooses; every run must end the same. */
public final class FaultMatrix {
  /** What is going on when the executor dies. */
  private enum Moment {
    MEETING,
    ALL_REDUCE,
    CHECKPOINT,
    COMMIT,
    SILENCE
  }

  private FaultMatrix() {}

  /**
   * Arguments: moments (default 20), seed (default 1). The exit code is 1 when a run ends with
   * other weights or not at all.
   */
  @SuppressWarnings("SystemExitOutsideMain")
  public static void main(String[] args) throws IOException {
    int moments = args.length > 0 ? Integer.parseInt(args[0]) : 20;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
    Path folder = Files.createTempDirectory("arclight-faults");
    int failures = 0;
    try (Cluster cluster = Cluster.startForTests(FaultRun.WORLD, 512)) {
      FaultRun.Outcome expected =
          FaultRun.train(cluster, folder.resolve("undisturbed"), FaultRun.undisturbed());
      for (int i = 0; i < moments; i++) {
        Moment moment = Moment.values()[i % Moment.values().length];
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + i);
        failures += run(cluster, folder.resolve("run" + i), moment, random, expected) ? 0 : 1;
      }
    }
    System.out.printf(
        Locale.ROOT, "%d of %d moments failed (seed %d; %s)%n", failures, moments, seed, folder);
    System.exit(failures == 0 ? 0 : 1);
  }

  private static boolean run(
      Cluster cluster,
      Path folder,
      Moment moment,
      SplittableRandom random,
      FaultRun.Outcome expected)
      throws IOException {
    Files.createDirectories(folder);
    Path marker = folder.resolve("struck");
    int victim = random.nextInt(FaultRun.WORLD);
    int call = 1 + random.nextInt(FaultRun.EPOCHS * FaultRun.STEPS_PER_EPOCH - 1);
    if (moment == Moment.CHECKPOINT) {
      call = Math.max(FaultRun.CHECKPOINT_EVERY, call - call % FaultRun.CHECKPOINT_EVERY);
    }
    int commit = 1 + random.nextInt(5);
    long delay = random.nextLong(moment == Moment.MEETING ? 3000 : 20_000);
    var forward =
        switch (moment) {
          case MEETING, COMMIT -> FaultRun.undisturbed();
          case ALL_REDUCE, CHECKPOINT ->
              new Strike(Strike.Signal.KILL, victim, call, delay, marker);
          case SILENCE -> new Strike(Strike.Signal.STOP, victim, call, delay, marker);
        };
    RunListener listener =
        moment == Moment.COMMIT ? FaultRun.killAfterCommit(victim, commit) : new RunListener() {};

    if (moment == Moment.MEETING) {
      FaultRun.killLater(victim, delay);
    }
    long start = System.nanoTime();
    String result;
    boolean good = false;
    try {
      FaultRun.Outcome actual =
          FaultRun.train(cluster, folder.resolve("checkpoints"), forward, listener);
      good = actual.sameWeights(expected);
      result = (good ? "same weights" : "OTHER WEIGHTS") + ", restarts " + actual.restarts();
    } catch (RuntimeException e) {
      result = "FAILED: " + e;
    }
    System.out.printf(
        Locale.ROOT,
        "%-10s rank %d, call %2d, commit %d, delay %5d %s: %s (%.1f s)%n",
        moment,
        victim,
        call,
        commit,
        delay,
        moment == Moment.MEETING ? "ms" : "us",
        result,
        (System.nanoTime() - start) / 1e9);
    return good;
  }
}
