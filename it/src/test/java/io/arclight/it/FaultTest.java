package io.arclight.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.models.Mlp;
import io.arclight.spark.Forward;
import io.arclight.spark.launch.RunListener;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training whose executors die ends with the weights of one whose executors live. {@link
 * FaultMatrix} tries more moments.
 */
@Timeout(150)
class FaultTest {
  private static Cluster cluster;
  private static FaultRun.Outcome expected;

  @TempDir Path folder;

  @BeforeAll
  static void start(@TempDir Path checkpoints) {
    cluster = Cluster.startForTests(FaultRun.WORLD, 512);
    expected = FaultRun.train(cluster, checkpoints, FaultRun.undisturbed());
    assertThat(expected.restarts()).isZero();
    assertThat(Cluster.executors()).hasSize(FaultRun.WORLD);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void anExecutorIsKilledInTheMiddleOfAnEpoch() {
    requireSame(strike(Strike.Signal.KILL, 7, 2_000));
  }

  @Test
  void anExecutorIsKilledWhileTheCheckpointIsWritten() {
    requireSame(strike(Strike.Signal.KILL, 2 * FaultRun.CHECKPOINT_EVERY, 6_000));
  }

  @Test
  void anExecutorIsKilledAfterACommit() {
    requireSame(FaultRun.undisturbed(), FaultRun.killAfterCommit(2, 2));
  }

  @Test
  void anExecutorFallsSilent() {
    requireSame(strike(Strike.Signal.STOP, 14, 1_000));
  }

  private Strike strike(Strike.Signal signal, int call, long delayMicros) {
    return new Strike(signal, 1, call, delayMicros, folder.resolve("struck"));
  }

  private void requireSame(Forward<Mlp> forward, RunListener... listeners) {
    FaultRun.Outcome actual =
        FaultRun.train(cluster, folder.resolve("checkpoints"), forward, listeners);
    assertThat(actual.restarts()).isPositive();
    assertThat(actual.loss()).isEqualTo(expected.loss());
    assertThat(actual.weights()).containsOnlyKeys(expected.weights().keySet());
    expected
        .weights()
        .forEach((name, bits) -> assertThat(actual.weights().get(name)).isEqualTo(bits));
  }
}
