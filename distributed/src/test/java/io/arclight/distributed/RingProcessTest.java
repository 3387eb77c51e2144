package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ranks in JVMs of their own that are killed and stopped. */
@Timeout(120)
class RingProcessTest {
  /** Half the silence that the patient ring of the killed one allows. */
  private static final Duration SOON = Rings.SETTINGS.silenceLimit().dividedBy(2);

  @Test
  void aKilledProcessIsNamedByAllOthersAtOnce() throws Exception {
    assertFound("forever", "KILL", 1, "DeadPeerException 1");
  }

  @Test
  void aStoppedProcessIsFoundWithinTheHeartbeatLimit() throws Exception {
    assertFound("watchful", "STOP", 2, "SilentPeerException 2");
  }

  private static void assertFound(String task, String signal, int victim, String outcome)
      throws Exception {
    List<RingProcess> ranks = RingProcess.start(3, task);
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
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    } finally {
      ranks.forEach(RingProcess::close);
    }
  }
}
