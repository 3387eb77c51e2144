package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operation on a ring gives the bits of the in-process reference. */
@Timeout(60)
class TcpRingTest {
  private static final List<DType> NUMERIC =
      List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64);

  /** Small enough that the counts below span several chunks. */
  private static final RingSettings SMALL_CHUNKS = Rings.SETTINGS.withChunkBytes(1024);

  private static void assertSame(int size, RingSettings settings, Ranks.RankBody<List<byte[]>> body)
      throws Exception {
    List<List<byte[]>> expected = Ranks.inProcess(size, body);
    List<List<byte[]>> actual = Rings.run(size, settings, body);
    for (int rank = 0; rank < size; rank++) {
      for (int i = 0; i < expected.get(rank).size(); i++) {
        assertThat(actual.get(rank).get(i))
            .as("rank %d, case %d", rank, i)
            .isEqualTo(expected.get(rank).get(i));
      }
    }
  }

  private static List<Long> counts(int size) {
    return List.of(0L, 1L, (long) size - 1, (long) size, 127L, 1009L, 4096L);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void allReduce(int size) throws Exception {
    assertSame(
        size,
        SMALL_CHUNKS,
        communicator -> {
          List<byte[]> results = new ArrayList<>();
          for (DType dtype : NUMERIC) {
            for (ReduceOp op : ReduceOp.values()) {
              for (long count : counts(size)) {
                if (op != ReduceOp.AVG || dtype.isFloatingPoint()) {
                  try (HostArray x = HostArray.random(dtype, count, communicator.rank())) {
                    communicator.allReduce(x.address, count, dtype, op).await();
                    results.add(x.toBytes());
                  }
                }
              }
            }
          }
          return results;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void reduceScatterAndAllGather(int size) throws Exception {
    assertSame(
        size,
        SMALL_CHUNKS,
        communicator -> {
          List<byte[]> results = new ArrayList<>();
          for (DType dtype : NUMERIC) {
            for (long count : counts(size)) {
              try (HostArray x = HostArray.random(dtype, size * count, communicator.rank());
                  HostArray part = new HostArray(dtype, count);
                  HostArray all = new HostArray(dtype, size * count)) {
                communicator.reduceScatter(x.address, part.address, count, dtype, ReduceOp.SUM);
                communicator.allGather(part.address, all.address, count, dtype).await();
                results.add(part.toBytes());
                results.add(all.toBytes());
              }
            }
          }
          return results;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void broadcastFromEveryRoot(int size) throws Exception {
    assertSame(
        size,
        SMALL_CHUNKS,
        communicator -> {
          List<byte[]> results = new ArrayList<>();
          for (DType dtype : DType.values()) {
            for (long count : counts(size)) {
              for (int root = 0; root < size; root++) {
                try (HostArray x = HostArray.random(dtype, count, communicator.rank())) {
                  communicator.broadcast(x.address, count, dtype, root).await();
                  results.add(x.toBytes());
                }
              }
            }
          }
          return results;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void allToAllBetweenReductions(int size) throws Exception {
    assertSame(
        size,
        SMALL_CHUNKS,
        communicator -> {
          List<byte[]> results = new ArrayList<>();
          for (long count : counts(size)) {
            DType dtype = DType.FLOAT32;
            try (HostArray x = HostArray.random(dtype, size * count, communicator.rank());
                HostArray y = new HostArray(dtype, size * count)) {
              communicator.allReduce(x.address, count, dtype, ReduceOp.MAX);
              communicator.allToAll(x.address, y.address, count, dtype);
              communicator.allReduce(y.address, size * count, dtype, ReduceOp.SUM).await();
              results.add(y.toBytes());
            }
          }
          return results;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void sendsAndReceivesOfAnySizeDoNotBlockEachOther(int size) throws Exception {
    long count = 1 << 20;
    assertSame(
        size,
        Rings.SETTINGS,
        communicator -> {
          int rank = communicator.rank();
          List<Work> works = new ArrayList<>();
          List<HostArray> received = new ArrayList<>();
          try (HostArray x = HostArray.random(DType.FLOAT32, count, rank)) {
            for (int peer = 0; peer < size; peer++) {
              if (peer != rank) {
                works.add(communicator.send(x.address, count, x.dtype, peer));
                works.add(communicator.send(x.address, rank, x.dtype, peer));
              }
            }
            for (int peer = 0; peer < size; peer++) {
              if (peer != rank) {
                received.add(new HostArray(x.dtype, count));
                HostArray large = received.get(received.size() - 1);
                works.add(communicator.recv(large.address, count, x.dtype, peer));
                received.add(new HostArray(x.dtype, peer));
                HostArray small = received.get(received.size() - 1);
                works.add(communicator.recv(small.address, peer, x.dtype, peer));
              }
            }
            works.forEach(Work::await);
          }
          List<byte[]> results = received.stream().map(HostArray::toBytes).toList();
          received.forEach(HostArray::close);
          return results;
        });
  }

  @ParameterizedTest
  @CsvSource({"2, TCP", "2, SHARED_MEMORY", "3, TCP", "3, SHARED_MEMORY"})
  void largeAllReduceWithDefaultChunks(int size, SameHost sameHost) throws Exception {
    long count = 5_000_019;
    assertSame(
        size,
        Rings.SETTINGS.withSameHost(sameHost),
        communicator -> {
          try (HostArray x = HostArray.random(DType.FLOAT32, count, communicator.rank())) {
            communicator.allReduce(x.address, count, x.dtype, ReduceOp.SUM).await();
            return List.of(x.toBytes());
          }
        });
  }

  @Test
  void manyOperationsRunInOrderOfIssue() throws Exception {
    Rings.run(
        3,
        Rings.SETTINGS,
        communicator -> {
          Random random = new Random(communicator.rank());
          try (HostArray x = HostArray.filled(33, 1)) {
            for (int round = 0; round < 500; round++) {
              communicator.allReduce(x.address, 33, x.dtype, ReduceOp.SUM);
              Work tripled = communicator.allReduce(x.address, 33, x.dtype, ReduceOp.AVG);
              communicator.barrier();
              if (round % 10 == 9 || random.nextInt(20) == 0) {
                tripled.await();
              }
              if (round % 10 == 9) {
                assertThat(x.getFloat(32)).isEqualTo((float) Math.pow(3, 10));
                for (int i = 0; i < 33; i++) {
                  RawMemory.UNSAFE.putFloat(x.address + 4L * i, 1);
                }
              }
            }
            communicator.barrier().await();
            assertThat(communicator.flightRecord().entries())
                .hasSize(256)
                .allSatisfy(e -> assertThat(e.state()).isEqualTo(FlightRecord.State.COMPLETED));
          }
          return null;
        });
  }

  @Test
  void aBarrierHoldsUntilTheLastRankComes() throws Exception {
    long[] entered = new long[3];
    List<Long> left =
        Rings.run(
            3,
            Rings.SETTINGS,
            communicator -> {
              Thread.sleep(150L * communicator.rank());
              entered[communicator.rank()] = System.nanoTime();
              communicator.barrier().await();
              return System.nanoTime();
            });
    assertThat(left).allSatisfy(time -> assertThat(time).isGreaterThanOrEqualTo(entered[2]));
  }

  @Test
  void ranksThatComputeLongerThanTheHeartbeatLimitAreNotGivenUp() throws Exception {
    Rings.run(
        2,
        Rings.WATCHFUL,
        communicator -> {
          try (HostArray x = HostArray.filled(1 << 20, 1)) {
            if (communicator.rank() == 1) {
              Thread.sleep(2 * Rings.WATCHFUL.silenceLimit().toMillis());
            }
            communicator.allReduce(x.address, x.count, x.dtype, ReduceOp.SUM).await();
            assertThat(x.getFloat(x.count - 1)).isEqualTo(2);
          }
          return null;
        });
  }
}
