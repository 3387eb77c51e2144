package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TensorWorkTest {
  @Test
  void tensorOperations() throws Exception {
    Rings.run(
        3,
        Rings.SETTINGS,
        group -> {
          int rank = group.rank();
          Tensor x = Tensor.of(new float[] {rank, 1, 2}, Shape.of(3));
          group.allReduce(x, ReduceOp.SUM).await();
          assertThat(x.toFloats()).containsExactly(3, 3, 6);
          Tensor all = Tensor.empty(Shape.of(3, 2), DType.INT64, Device.QUEUE);
          group.allGather(Tensor.of(rank, 10L + rank).to(Device.QUEUE), all).await();
          assertThat(all.toLongs()).containsExactly(0, 10, 1, 11, 2, 12);
          Work work;
          Tensor flags = Tensor.of(rank == 1, true).keep();
          try (Scope scope = Scope.open()) {
            work = group.broadcast(flags, 1);
          }
          work.await();
          assertThat(flags.toDoubles()).containsExactly(1, 1);
          assertThatThrownBy(() -> group.allGather(x, x))
              .hasMessageContaining("allGather: output of shape [3] is not 3 parts of shape [3]");
          assertThatThrownBy(() -> group.broadcast(Tensor.zeros(Shape.of(2, 3)).t(), 0))
              .hasMessageContaining("not contiguous");
          return null;
        });
  }
}
