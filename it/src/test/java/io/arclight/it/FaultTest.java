package io.arclight.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.spark.feed.Shuffle;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Training that a rank's fault interrupts ends with the weights of one without. {@link FaultMatrix}
 * tries more moments.
 */
@Timeout(150)
class FaultTest {
  private static final int VICTIM = 1;

  private static Relay relay;
  private static Cluster cluster;
  private static FaultRun.Outcome expected;

  @TempDir Path folder;

  @BeforeAll
  static void start(@TempDir Path checkpoints) throws IOException {
    relay = Relay.open();
    cluster = Cluster.startForTests(FaultRun.WORLD, 512, relay.settings());
    expected = FaultRun.undisturbed(cluster, checkpoints, Shuffle.WINDOW);
    assertThat(expected.restarts()).isZero();
    assertThat(Cluster.executors()).hasSize(FaultRun.WORLD);
  }

  @AfterAll
  static void stop() {
    cluster.close();
    relay.close();
  }

  @ParameterizedTest
  @CsvSource({
    "ALL_REDUCE, 7",
    "CHECKPOINT, 8",
    "COMMIT, 12",
    "SILENCE, 14",
    "STALL, 5",
    "LAUNCH, 0"
  })
  void theWeightsAreThoseOfAnUndisturbedRun(Strike.Moment moment, int count) {
    Strike strike = new Strike(moment, VICTIM, count, 500, folder.resolve("struck"));
    assertSame(strike, Shuffle.WINDOW, expected);
  }

  /** In the second epoch, whose rows a new process has to read again first. */
  @Test
  void anOrderOverAllRowsGoesOnInItsMiddle() {
    FaultRun.Outcome whole =
        FaultRun.undisturbed(cluster, folder.resolve("undisturbed"), Shuffle.GLOBAL);
    assertThat(whole.loss()).isNotEqualTo(expected.loss());
    Strike strike = new Strike(Strike.Moment.ALL_REDUCE, VICTIM, 15, 500, folder.resolve("struck"));
    assertSame(strike, Shuffle.GLOBAL, whole);
  }

  private void assertSame(Strike strike, Shuffle shuffle, FaultRun.Outcome expected) {
    FaultRun.Outcome actual =
        FaultRun.struck(
            cluster, folder.resolve("checkpoints"), shuffle, strike, strike.fromDriver(relay));
    assertThat(strike.hasHappened()).isTrue();
    assertThat(actual.restarts()).isPositive();
    assertThat(actual.loss()).isEqualTo(expected.loss());
    assertThat(actual.weights()).containsOnlyKeys(expected.weights().keySet());
    expected
        .weights()
        .forEach((name, bits) -> assertThat(actual.weights().get(name)).isEqualTo(bits));
  }
}
