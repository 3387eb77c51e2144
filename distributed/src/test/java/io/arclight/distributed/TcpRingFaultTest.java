package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A fault on one rank becomes a typed error on all, soon. */
@Timeout(60)
class TcpRingFaultTest {
  /** All-reduces of a megabyte until something fails. */
  private static void reduceForEver(Communicator communicator) {
    try (HostArray x = HostArray.filled(1 << 18, 0)) {
      while (true) {
        communicator.allReduce(x.address, x.count, x.dtype, ReduceOp.SUM).await();
      }
    }
  }

  /** Long before a patient ring's limit of silence, even where much else runs. */
  private static void assertSoon(long startNanos) {
    assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
        .isLessThan(Rings.SETTINGS.silenceLimit().dividedBy(2));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void differentCountsFailOnAllRanks(int size) throws Exception {
    List<Communicator> ring = Rings.connect(size, Rings.SETTINGS);
    Ranks.run(size, rank -> awaited(ring.get(rank).barrier()));
    long start = System.nanoTime();
    List<Object> outcomes =
        Ranks.outcomes(
            size,
            rank -> {
              try (HostArray x = HostArray.filled(1001, 1)) {
                int count = rank == 1 ? 1001 : 1000;
                ring.get(rank).allReduce(x.address, count, x.dtype, ReduceOp.SUM).await();
                return null;
              }
            });
    assertSoon(start);
    assertThat(outcomes).hasOnlyElementsOfType(CollectiveMismatchException.class);
    CollectiveException last = (CollectiveException) outcomes.get(size - 1);
    assertThat(last)
        .hasMessageContaining("allReduce #1 SUM float32 x 1001")
        .hasMessageContaining("allReduce #1 SUM float32 x 1000")
        .hasMessageContaining("flight record of rank " + (size - 1))
        .hasMessageContaining("COMPLETED barrier #0");
    assertThat(last.details().rank()).isEqualTo(size - 1);
    assertThat(last.details().sequence()).isEqualTo(1);
    assertThat(last.details().dtype()).isEqualTo(DType.FLOAT32);
    ring.forEach(Communicator::close);
  }

  @Test
  void differentOperationsFailOnAllRanks() throws Exception {
    List<Communicator> ring = Rings.connect(3, Rings.SETTINGS);
    List<Object> outcomes =
        Ranks.outcomes(
            3,
            rank -> {
              try (HostArray x = HostArray.filled(10, 1)) {
                Communicator communicator = ring.get(rank);
                if (rank == 2) {
                  communicator.broadcast(x.address, x.count, x.dtype, 0).await();
                } else {
                  communicator.allReduce(x.address, x.count, x.dtype, ReduceOp.MAX).await();
                }
                return null;
              }
            });
    assertThat(outcomes).hasOnlyElementsOfType(CollectiveMismatchException.class);
    assertThat((Throwable) outcomes.get(0)).hasMessageContaining("broadcast #0 float32 x 10");
  }

  @Test
  void differentSendsAndReceivesFailOnBoth() throws Exception {
    List<Communicator> ring = Rings.connect(2, Rings.SETTINGS);
    List<Object> outcomes =
        Ranks.outcomes(
            2,
            rank -> {
              try (HostArray x = HostArray.filled(10, 1)) {
                Communicator communicator = ring.get(rank);
                if (rank == 0) {
                  communicator.send(x.address, 10, x.dtype, 1);
                } else {
                  communicator.recv(x.address, 9, x.dtype, 0);
                }
                communicator.barrier().await();
                return null;
              }
            });
    assertThat(outcomes).hasOnlyElementsOfType(CollectiveMismatchException.class);
    assertThat((Throwable) outcomes.get(0)).hasMessageContaining("float32 x 9");
  }

  @Test
  void closingFromAnotherThreadUnblocksAtOnce() throws Exception {
    List<Communicator> ring = Rings.connect(3, Rings.SETTINGS);
    Thread closer =
        new Thread(
            () -> {
              sleep(300);
              ring.get(1).close();
            });
    closer.start();
    long start = System.nanoTime();
    List<Object> outcomes =
        Ranks.outcomes(
            3,
            rank -> {
              reduceForEver(ring.get(rank));
              return null;
            });
    assertSoon(start);
    assertThat(outcomes.get(1)).isInstanceOf(CommunicatorClosedException.class);
    for (int rank : new int[] {0, 2}) {
      assertThat(outcomes.get(rank)).isInstanceOf(DeadPeerException.class);
      assertThat(((DeadPeerException) outcomes.get(rank)).details().culprit()).isEqualTo(1);
    }
    assertThatThrownBy(() -> ring.get(0).barrier().await()).isInstanceOf(DeadPeerException.class);
  }

  @Test
  void interruptingTheWaitingThreadUnblocksAtOnce() throws Exception {
    List<Communicator> ring = Rings.connect(2, Rings.SETTINGS);
    CountDownLatch unblocked = new CountDownLatch(1);
    long start = System.nanoTime();
    List<Object> outcomes =
        Ranks.outcomes(
            2,
            rank -> {
              if (rank == 0) {
                Thread own = Thread.currentThread();
                new Thread(
                        () -> {
                          sleep(200);
                          own.interrupt();
                        })
                    .start();
                try {
                  ring.get(0).barrier().await();
                } finally {
                  unblocked.countDown();
                  assertThat(Thread.currentThread().isInterrupted()).isTrue();
                }
              } else {
                unblocked.await();
                // The first may still succeed: the other rank had come to it.
                ring.get(1).barrier().await();
                ring.get(1).barrier().await();
              }
              return null;
            });
    assertSoon(start);
    assertThat(outcomes.get(0)).isInstanceOf(CommunicatorClosedException.class);
    assertThat(outcomes.get(1)).isInstanceOf(DeadPeerException.class);
  }

  @Test
  void aRankThatStopsEarlyIsNamedWithWhatItMissed() throws Exception {
    List<Communicator> ring = Rings.connect(4, Rings.SETTINGS);
    List<Object> outcomes =
        Ranks.outcomes(
            4,
            rank -> {
              Communicator communicator = ring.get(rank);
              communicator.barrier().await();
              if (rank == 3) {
                communicator.close();
                return "done";
              }
              communicator.barrier().await();
              return null;
            });
    assertThat(outcomes.get(3)).isEqualTo("done");
    for (int rank = 0; rank < 3; rank++) {
      assertThat((Throwable) outcomes.get(rank))
          .isInstanceOf(DeadPeerException.class)
          .hasMessageContaining("rank 3 closed its communicator after 1 collectives");
    }
  }

  @Test
  void anAbortTellsItsReasonEverywhere() throws Exception {
    List<Communicator> ring = Rings.connect(3, Rings.SETTINGS);
    List<Object> outcomes =
        Ranks.outcomes(
            3,
            rank -> {
              if (rank == 2) {
                sleep(100);
                ring.get(2).abort("NaN in the loss");
              }
              reduceForEver(ring.get(rank));
              return null;
            });
    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat((Throwable) outcome)
                    .isInstanceOf(DeadPeerException.class)
                    .hasMessageContaining("NaN in the loss"));
  }

  @Test
  void aRankThatNeverIssuesTheCollectiveIsATimeoutOnAll() throws Exception {
    RingSettings settings = Rings.SETTINGS.withCollectiveTimeout(Duration.ofMillis(500));
    List<Communicator> ring = Rings.connect(3, settings);
    CountDownLatch failed = new CountDownLatch(1);
    long start = System.nanoTime();
    List<Object> outcomes =
        Ranks.outcomes(
            3,
            rank -> {
              if (rank == 1) {
                failed.await();
              }
              try {
                ring.get(rank).barrier().await();
              } finally {
                failed.countDown();
              }
              return null;
            });
    assertSoon(start);
    assertThat(outcomes).hasOnlyElementsOfType(CollectiveTimeoutException.class);
    assertThat((Throwable) outcomes.get(0)).hasMessageContaining("waiting for part");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void aStalledConnectionIsFoundWithinTheHeartbeatLimit(int size) throws Exception {
    List<RingServer> servers = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      servers.add(Rings.server());
    }
    List<String> addresses = new ArrayList<>(servers.stream().map(RingServer::address).toList());
    try (StallingProxy proxy = new StallingProxy(addresses.get(1))) {
      addresses.set(1, proxy.address());
      List<Communicator> ring =
          Ranks.run(
              size, rank -> Rings.connect(servers.get(rank), rank, addresses, Rings.WATCHFUL));
      Ranks.run(size, rank -> awaited(ring.get(rank).barrier()));
      proxy.stall();
      long start = System.nanoTime();
      List<Object> outcomes =
          Ranks.outcomes(
              size,
              rank -> {
                reduceForEver(ring.get(rank));
                return null;
              });
      assertSoon(start);
      assertThat(outcomes).hasOnlyElementsOfType(SilentPeerException.class);
      assertThat((Throwable) outcomes.get(0)).hasMessageContaining("nothing has come from rank");
    }
  }

  private static Work awaited(Work work) {
    work.await();
    return work;
  }

  @Test
  void anOrderlyEndLosesNothing() throws Exception {
    for (int round = 0; round < 20; round++) {
      List<Communicator> ring = Rings.connect(3, Rings.SETTINGS);
      List<Float> results =
          Ranks.run(
              3,
              rank -> {
                try (Communicator communicator = ring.get(rank);
                    HostArray x = HostArray.filled(100_000, rank)) {
                  communicator.broadcast(x.address, x.count, x.dtype, 0);
                  communicator.allReduce(x.address, x.count, x.dtype, ReduceOp.SUM);
                  communicator.broadcast(x.address, x.count, x.dtype, 2).await();
                  return x.getFloat(x.count - 1);
                }
              });
      assertThat(results).containsOnly(0f);
    }
  }

  @Test
  void theThreadEndsWithTheCommunicator() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    List<Communicator> ring = Rings.connect(2, Rings.SETTINGS);
    Set<Thread> own = new HashSet<>(Thread.getAllStackTraces().keySet());
    own.removeAll(before);
    own.removeIf(thread -> !thread.getName().startsWith("arclight-"));
    assertThat(own).hasSizeGreaterThanOrEqualTo(4);
    ring.forEach(Communicator::close);
    ring.forEach(Communicator::close);
    for (Thread thread : own) {
      thread.join(10_000);
      assertThat(thread.isAlive()).as(thread.getName()).isFalse();
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
