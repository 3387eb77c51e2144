package io.arclight.distributed;

import static io.arclight.tensor.Device.CPU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class InProcessCommunicatorTest {
  @Test
  void allReduceSumsInTheOrderOfTheRing() throws Exception {
    int size = 3;
    int count = 7;
    List<byte[]> results =
        Ranks.inProcess(
            size,
            communicator -> {
              try (HostArray x = HostArray.random(DType.FLOAT32, count, communicator.rank())) {
                communicator.allReduce(x.address, count, DType.FLOAT32, ReduceOp.SUM).await();
                return x.toBytes();
              }
            });
    try (HostArray a = HostArray.random(DType.FLOAT32, count, 0);
        HostArray b = HostArray.random(DType.FLOAT32, count, 1);
        HostArray c = HostArray.random(DType.FLOAT32, count, 2);
        HostArray expected = new HostArray(DType.FLOAT32, count)) {
      for (int i = 0; i < count; i++) {
        // parts of 3, 2 and 2 elements start at ranks 0, 1 and 2
        float sum =
            i < 3
                ? (a.getFloat(i) + b.getFloat(i)) + c.getFloat(i)
                : i < 5
                    ? (b.getFloat(i) + c.getFloat(i)) + a.getFloat(i)
                    : (c.getFloat(i) + a.getFloat(i)) + b.getFloat(i);
        RawMemory.UNSAFE.putFloat(expected.address + 4L * i, sum);
      }
      assertThat(results).allSatisfy(bytes -> assertThat(bytes).isEqualTo(expected.toBytes()));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void halvesAreAddedInFloatAndRounded(DType dtype) throws Exception {
    for (ReduceOp op : ReduceOp.values()) {
      List<float[]> results =
          Ranks.inProcess(
              2,
              communicator -> {
                float[] values = {1 + communicator.rank(), -3, 0.375f * communicator.rank()};
                Tensor x = Tensor.of(values).to(dtype);
                communicator.allReduce(x, op).await();
                return x.toFloats();
              });
      float[] expected =
          switch (op) {
            case SUM -> new float[] {3, -6, 0.375f};
            case AVG -> new float[] {1.5f, -3, 0.1875f};
            case MAX -> new float[] {2, -3, 0.375f};
            case MIN -> new float[] {1, -3, 0};
          };
      assertThat(results).allSatisfy(r -> assertThat(r).isEqualTo(expected));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"COMPLEX64", "COMPLEX128"})
  void complexNumbersAreAddedByPart(DType dtype) throws Exception {
    List<double[]> results =
        Ranks.inProcess(
            2,
            communicator -> {
              Tensor x = Tensor.full(Shape.of(3), Complex.of(1, communicator.rank()), dtype, CPU);
              communicator.allReduce(x, ReduceOp.SUM).await();
              communicator.allReduce(x, ReduceOp.AVG).await();
              return x.toDoubles();
            });
    assertThat(results).allSatisfy(r -> assertThat(r).containsExactly(2, 1, 2, 1, 2, 1));
    assertThatThrownBy(() -> ReduceOp.MAX.check(dtype)).hasMessageContaining("MAX of " + dtype);
  }

  @Test
  void operationsThatDifferFailOnAllRanks() throws Exception {
    List<Communicator> group = InProcessCommunicator.group(2);
    List<Object> outcomes =
        Ranks.outcomes(
            2,
            rank -> {
              try (HostArray x = HostArray.filled(10, 1)) {
                group.get(rank).allReduce(x.address, 9 + rank, x.dtype, ReduceOp.SUM).await();
                return null;
              }
            });
    assertThat(outcomes).hasOnlyElementsOfType(CollectiveMismatchException.class);
    assertThat((Throwable) outcomes.get(1))
        .hasMessageContaining("rank 1: allReduce #0 SUM float32 x 10 failed, ranks disagree")
        .hasMessageContaining("float32 x 9")
        .hasMessageContaining("flight record of rank 1");
  }

  @Test
  void leavingFailsTheOthers() throws Exception {
    List<Communicator> group = InProcessCommunicator.group(3);
    group.get(1).close();
    List<Object> outcomes =
        Ranks.outcomes(
            3,
            rank -> {
              group.get(rank).barrier().await();
              return null;
            });
    assertThat(outcomes.get(0)).isInstanceOf(DeadPeerException.class);
    assertThat(((DeadPeerException) outcomes.get(0)).details().culprit()).isEqualTo(1);
    assertThat(outcomes.get(1)).isInstanceOf(CommunicatorClosedException.class);
    assertThat(outcomes.get(2)).isInstanceOf(DeadPeerException.class);
  }

  @Test
  void aRankThatDoesNotComeIsATimeout() {
    Communicator alone = InProcessCommunicator.group(2, Duration.ofMillis(50)).get(0);
    Work work = alone.barrier();
    assertThatThrownBy(work::await)
        .isInstanceOf(CollectiveTimeoutException.class)
        .hasMessageContaining("barrier #0");
  }

  @Test
  void badArgumentsAreRefusedAtOnce() {
    Communicator communicator = InProcessCommunicator.group(2).get(0);
    assertThatThrownBy(() -> communicator.allReduce(8, 1, DType.UINT8, ReduceOp.SUM))
        .hasMessageContaining("SUM of uint8 is not defined");
    assertThatThrownBy(() -> communicator.allReduce(8, 1, DType.INT32, ReduceOp.AVG))
        .hasMessageContaining("AVG of int32");
    assertThatThrownBy(() -> communicator.broadcast(8, 1, DType.INT32, 2))
        .hasMessageContaining("root 2 is no rank of a group of 2: use 0 to 1");
    assertThatThrownBy(() -> communicator.send(8, 1, DType.INT32, 0))
        .hasMessageContaining("this rank itself");
    assertThatThrownBy(() -> communicator.allReduce(6, 1, DType.INT32, ReduceOp.SUM))
        .hasMessageContaining("at address 0x6: int32 must be allocated and aligned to 4 bytes");
  }
}
