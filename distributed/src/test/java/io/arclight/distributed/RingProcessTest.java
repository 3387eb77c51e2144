package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ranks in JVMs of their own that are killed and stopped. */
@Timeout(120)
class RingProcessTest {
  /** Detection, the second in which a failure goes round, and a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(3);

  @Test
  void aKilledProcessIsNamedByAllOthersAtOnce() throws Exception {
    assertFound("KILL", 1, "DeadPeerException 1", SLACK);
  }

  @Test
  void aStoppedProcessIsFoundWithinTheHeartbeatLimit() throws Exception {
    Duration limit = Rings.WATCHFUL.silenceLimit().plus(SLACK);
    assertFound("STOP", 2, "SilentPeerException 2", limit);
  }

  private static void assertFound(String signal, int victim, String outcome, Duration limit)
      throws Exception {
    List<RingProcess> ranks = RingProcess.start(3, "forever");
    try {
      for (RingProcess rank : ranks) {
        assertThat(rank.line()).isEqualTo("running");
      }
      ranks.get(victim).signal(signal);
      long start = System.nanoTime();
      for (int rank = 0; rank < 3; rank++) {
        if (rank != victim) {
          assertThat(ranks.get(rank).line()).as("rank %d", rank).isEqualTo(outcome);
          assertThat(ranks.get(rank).line())
              .contains("rank " + rank + ": allReduce #")
              .contains("SUM float32 x 1048576 failed");
        }
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(limit);
    } finally {
      ranks.forEach(RingProcess::close);
    }
  }
}
