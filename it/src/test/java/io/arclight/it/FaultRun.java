package io.arclight.it;

import io.arclight.models.Mlp;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.optim.Adam;
import io.arclight.spark.Forward;
import io.arclight.spark.SparkTrainer;
import io.arclight.spark.TrainedModel;
import io.arclight.spark.launch.Checkpoint;
import io.arclight.spark.launch.RestartPolicy;
import io.arclight.spark.launch.RunListener;
import io.arclight.spark.launch.RunSettings;
import io.arclight.spark.launch.RunStart;
import io.arclight.spark.launch.Timeouts;
import io.arclight.tensor.Shape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A short training of three ranks with everything that a restart has to bring back: momentum,
 * dropout, shuffled rows, an epoch that is half done.
 */
final class FaultRun {
  static final int WORLD = 3;
  static final int STEPS_PER_EPOCH = 10;
  static final int EPOCHS = 2;
  static final int CHECKPOINT_EVERY = 4;
  private static final int BATCH = 96;

  private FaultRun() {}

  /**
   * What a run left.
   *
   * @param weights bits of the weights by name
   */
  record Outcome(Map<String, int[]> weights, int restarts, double loss) {
    boolean sameWeights(Outcome other) {
      return weights.keySet().equals(other.weights.keySet())
          && weights.keySet().stream()
              .allMatch(n -> Arrays.equals(weights.get(n), other.weights.get(n)));
    }
  }

  static Forward<Mlp> undisturbed() {
    return (model, batch) -> model.call(batch.get("pixels"));
  }

  static Outcome train(
      Cluster cluster, Path checkpoints, Forward<Mlp> forward, RunListener... listeners) {
    SparkTrainer<Mlp> trainer =
        SparkTrainer.of(() -> new Mlp(784, 32, 10).dropout(0.2), forward)
            .loss(new CrossEntropyLoss())
            .optimizer(parameters -> new Adam(parameters, 2e-3))
            .features("pixels", Shape.of(784))
            .label("label")
            .globalBatchSize(BATCH)
            .shuffleWindow(64)
            .epochs(EPOCHS)
            .workers(WORLD)
            .checkpoint(checkpoints.toString())
            .checkpointEvery(CHECKPOINT_EVERY)
            .settings(settings())
            .quiet();
    for (RunListener listener : listeners) {
      trainer.listener(listener);
    }
    try (TrainedModel model = trainer.fit(cluster.digits("train", STEPS_PER_EPOCH * BATCH))) {
      Map<String, int[]> weights = new TreeMap<>();
      model.program().constants().forEach((name, t) -> weights.put(name, bits(t.toFloats())));
      return new Outcome(weights, model.restarts(), model.history().get(EPOCHS - 1).loss());
    }
  }

  private static RunSettings settings() {
    return RunSettings.defaults()
        .with(new RestartPolicy(3, Duration.ofMillis(100)))
        .with(
            new Timeouts(Duration.ofSeconds(60), Duration.ofSeconds(1), 8, Duration.ofSeconds(60)));
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  /** Kills the process of a rank as soon as the driver has committed a checkpoint. */
  static RunListener killAfterCommit(int victim, int commit) {
    return new RunListener() {
      private RunStart start;
      private int commits;

      @Override
      public void started(RunStart now) {
        start = now;
      }

      @Override
      public void committed(Checkpoint checkpoint) {
        if (++commits == commit) {
          Strike.send(Strike.Signal.KILL, start.ranks().get(victim).pid());
        }
      }
    };
  }

  /** Kills some executor a while from now. */
  static void killLater(int victim, long delayMillis) {
    List<ProcessHandle> executors = Cluster.executors();
    Thread killer = new Thread(() -> kill(executors.get(victim), delayMillis), "strike");
    killer.setDaemon(true);
    killer.start();
  }

  private static void kill(ProcessHandle executor, long delayMillis) {
    try {
      TimeUnit.MILLISECONDS.sleep(delayMillis);
      Strike.send(Strike.Signal.KILL, executor.pid());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
