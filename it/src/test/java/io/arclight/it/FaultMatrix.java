package io.arclight.it;

import io.arclight.spark.feed.Shuffle;
import io.arclight.spark.launch.RunListener;
import io.arclight.spark.launch.RunStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Strikes ranks at many moments, which a seed chooses; every run must end the same. */
public final class FaultMatrix {
  private final Cluster cluster;
  private final Relay relay;
  private final FaultRun.Outcome expected;
  private final List<Long> recoveries = new ArrayList<>();
  private int failures;

  private FaultMatrix(Cluster cluster, Relay relay, FaultRun.Outcome expected) {
    this.cluster = cluster;
    this.relay = relay;
    this.expected = expected;
  }

  /**
   * Arguments: moments (default 20), seed (default 1). The exit code is 1 when a run ends with
   * other weights, not at all, or without having been struck.
   */
  @SuppressWarnings("SystemExitOutsideMain")
  public static void main(String[] args) throws IOException {
    int moments = args.length > 0 ? Integer.parseInt(args[0]) : 20;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
    Path folder = Files.createTempDirectory("arclight-faults");
    int failures;
    try (Relay relay = Relay.open();
        Cluster cluster = Cluster.startForTests(FaultRun.WORLD, 512, relay.settings())) {
      FaultMatrix matrix =
          new FaultMatrix(
              cluster,
              relay,
              FaultRun.undisturbed(cluster, folder.resolve("undisturbed"), Shuffle.WINDOW));
      for (int i = 0; i < moments; i++) {
        Strike.Moment moment = Strike.Moment.values()[i % Strike.Moment.values().length];
        Path run = Files.createDirectories(folder.resolve("run" + i));
        matrix.run(run, strike(moment, new SplittableRandom(seed * 1_000_003 + i), run));
      }
      matrix.summary(moments, seed);
      failures = matrix.failures;
    }
    System.exit(failures == 0 ? 0 : 1);
  }

  private static Strike strike(Strike.Moment moment, SplittableRandom random, Path run) {
    int steps = FaultRun.EPOCHS * FaultRun.STEPS_PER_EPOCH;
    int every = FaultRun.CHECKPOINT_EVERY;
    int count =
        switch (moment) {
          case LAUNCH, MEETING, CONNECTING -> 0;
          case ALL_REDUCE, SILENCE, STALL -> 1 + random.nextInt(steps - 1);
          case CHECKPOINT, COMMIT -> every * (1 + random.nextInt(steps / every - 1));
        };
    Duration delay =
        switch (moment) {
          case MEETING -> Duration.ofMillis(random.nextInt(1000));
          case CONNECTING -> Duration.ofMillis(1000 + random.nextInt(60));
          case ALL_REDUCE, CHECKPOINT -> Duration.ofNanos(1000L * random.nextInt(1000));
          case LAUNCH, COMMIT -> Duration.ZERO;
          case SILENCE, STALL -> Duration.ofNanos(1000L * random.nextInt(10_000));
        };
    int victim = random.nextInt(FaultRun.WORLD);
    return new Strike(moment, victim, count, delay.toNanos() / 1000, run.resolve("struck"));
  }

  private void run(Path folder, Strike strike) throws IOException {
    Times times = new Times();
    String result;
    boolean good = false;
    try {
      FaultRun.Outcome actual =
          FaultRun.struck(
              cluster,
              folder.resolve("checkpoints"),
              Shuffle.WINDOW,
              strike,
              strike.fromDriver(relay),
              times);
      boolean landed = strike.hasHappened() && actual.restarts() > 0;
      boolean same = actual.sameWeights(expected);
      good = landed && same;
      result =
          (same ? "same weights" : "OTHER WEIGHTS")
              + (landed ? times.since(strike.millis()) : ", NOT STRUCK")
              + ", restarts "
              + actual.restarts();
      if (landed) {
        recoveries.add(times.connected - strike.millis());
      }
    } catch (RuntimeException e) {
      result = "FAILED: " + e;
    }
    failures += good ? 0 : 1;
    System.out.printf(Locale.ROOT, "%s: %s%n", strike, result);
  }

  private void summary(int moments, long seed) {
    recoveries.sort(null);
    System.out.printf(
        Locale.ROOT,
        "seed %d: %d of %d struck before the run ended, %d failed;"
            + " seconds from strike to all ranks connected: %.1f to %.1f, median %.1f%n",
        seed,
        recoveries.size(),
        moments,
        failures,
        recoveries.isEmpty() ? Double.NaN : recoveries.get(0) / 1e3,
        recoveries.isEmpty() ? Double.NaN : recoveries.get(recoveries.size() - 1) / 1e3,
        recoveries.isEmpty() ? Double.NaN : recoveries.get(recoveries.size() / 2) / 1e3);
  }

  /** When a run went on, in milliseconds since 1970. */
  private static final class Times implements RunListener {
    private long noticed;
    private long connected;

    @Override
    public void restarting(int restart, Duration delay, Throwable cause) {
      noticed = noticed == 0 ? System.currentTimeMillis() : noticed;
    }

    @Override
    public void started(RunStart start) {
      connected = System.currentTimeMillis();
    }

    String since(long strike) {
      return String.format(
          Locale.ROOT,
          ", noticed after %.1f s, connected again after %.1f s",
          (noticed - strike) / 1e3,
          (connected - strike) / 1e3);
    }
  }
}
