package io.arclight.it;

import io.arclight.models.Mlp;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.optim.Adam;
import io.arclight.spark.Forward;
import io.arclight.spark.SparkTrainer;
import io.arclight.spark.TrainedModel;
import io.arclight.spark.feed.Shuffle;
import io.arclight.spark.launch.RestartPolicy;
import io.arclight.spark.launch.RunListener;
import io.arclight.spark.launch.RunSettings;
import io.arclight.spark.launch.Timeouts;
import io.arclight.tensor.Shape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

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

  /** No limit of these can pass within a test: who is killed is noticed at once. */
  private static final Timeouts KILLED = Timeouts.defaults();

  private static final Timeouts SILENT =
      new Timeouts(Duration.ofSeconds(60), Duration.ofMillis(500), 12, Duration.ofSeconds(60));

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

  static Outcome undisturbed(Cluster cluster, Path checkpoints, Shuffle shuffle) {
    return train(
        cluster, checkpoints, shuffle, (model, batch) -> model.call(batch.get("pixels")), KILLED);
  }

  static Outcome struck(
      Cluster cluster, Path checkpoints, Shuffle shuffle, Strike strike, RunListener... listeners) {
    return train(
        cluster,
        checkpoints,
        shuffle,
        strike,
        strike.moment().isSilent() ? SILENT : KILLED,
        listeners);
  }

  private static Outcome train(
      Cluster cluster,
      Path checkpoints,
      Shuffle shuffle,
      Forward<Mlp> forward,
      Timeouts timeouts,
      RunListener... listeners) {
    SparkTrainer<Mlp> trainer =
        SparkTrainer.of(() -> new Mlp(784, 32, 10).dropout(0.2), forward)
            .loss(new CrossEntropyLoss())
            .optimizer(parameters -> new Adam(parameters, 2e-3))
            .features("pixels", Shape.of(784))
            .label("label")
            .globalBatchSize(BATCH)
            .shuffle(shuffle)
            .shuffleWindow(64)
            .epochs(EPOCHS)
            .workers(WORLD)
            .checkpoint(checkpoints.toString())
            .checkpointEvery(CHECKPOINT_EVERY)
            .settings(
                RunSettings.defaults()
                    .with(new RestartPolicy(3, Duration.ofMillis(100)))
                    .with(timeouts))
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

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
