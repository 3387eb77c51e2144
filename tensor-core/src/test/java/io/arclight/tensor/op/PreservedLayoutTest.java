package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Elementwise results lie in memory as their operands do, and run as one loop. */
@Timeout(60)
class PreservedLayoutTest {
  private static final long[] CHANNELS_LAST = {60, 1, 15, 3};
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor channelsLast(Device device) {
    return Tensor.arange(0, 120, 1, DType.FLOAT32, device).reshape(2, 4, 5, 3).permute(0, 3, 1, 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "queue"})
  void channelsLastStays(String device) {
    Tensor x = channelsLast(Device.of(device));
    UnaryOperator<Tensor> same =
        t -> {
          assertThat(t.shape()).isEqualTo(x.shape());
          assertThat(t.strides()).containsExactly(60, 1, 15, 3);
          return t.contiguous();
        };
    Tensor dense = x.contiguous();
    assertThat(dense.isContiguous()).isTrue();
    assertThat(same.apply(x.neg()).toFloats()).isEqualTo(dense.neg().toFloats());
    assertThat(same.apply(x.add(x)).toFloats()).isEqualTo(dense.mul(2).toFloats());
    assertThat(same.apply(x.mul(dense)).toFloats()).isEqualTo(dense.square().toFloats());
    assertThat(same.apply(x.to(DType.FLOAT64)).toFloats()).isEqualTo(dense.toFloats());
    assertThat(same.apply(x.gt(7)).toLongs()).isEqualTo(dense.gt(7).toLongs());
    Tensor perChannel = Tensor.of(1f, 2f, 3f).to(x.device()).reshape(3, 1, 1);
    assertThat(same.apply(perChannel.add(x)).toFloats())
        .isEqualTo(dense.add(perChannel).toFloats());
    assertThat(same.apply(x.zerosLike()).sum().item()).isZero();
    assertThat(same.apply(x.fullLike(2, DType.INT64)).sum().item()).isEqualTo(240);
    assertThat(same.apply(x.emptyLike().copyInPlace(dense)).toFloats()).isEqualTo(dense.toFloats());
    assertThat(same.apply(Tensor.where(x.gt(3), x, 0)).toFloats())
        .isEqualTo(Tensor.where(dense.gt(3), dense, 0).toFloats());
    assertThat(dense.add(x).isContiguous()).isTrue();
  }

  @Test
  void gapsCloseAndRepeatedElementsAreRowMajor() {
    Tensor x = channelsLast(Device.CPU);
    assertThat(x.slice(3, 0, 3, 2).neg().strides()).containsExactly(24, 1, 6, 3);
    assertThat(Tensor.arange(3).reshape(3, 1).expand(3, 4).t().neg().isContiguous()).isTrue();
    assertThat(Tensor.arange(6).reshape(2, 3).t().neg().strides()).containsExactly(1, 3);
    assertThat(x.reshape(2, 60).neg().isContiguous()).isTrue();
    assertThat(x.slice(0, 0, 0, 1).neg().shape()).isEqualTo(Shape.of(0, 3, 4, 5));
  }

  @Test
  void oneLoop() {
    Tensor x = channelsLast(Device.CPU);
    Tensor y = x.neg();
    assertThat(Loops.of(y, new Tensor[] {x, x}).rank()).isEqualTo(1);
    assertThat(Loops.of(y, new Tensor[] {x}).key())
        .isEqualTo(Loops.of(y.contiguous(), new Tensor[] {x.contiguous()}).key());
    Loops broadcast = Loops.of(y, new Tensor[] {x, Tensor.of(1f, 2f, 3f).reshape(3, 1, 1)});
    assertThat(broadcast.rank()).isEqualTo(2);
    assertThat(broadcast.rowWork()).isEqualTo(3);
  }

  @Test
  void dropoutKeepsTheLayout() {
    Tensor x = channelsLast(Device.CPU).add(1);
    Tensor y = new Generator(3).dropout(x, 0.5);
    assertThat(y.strides()).containsExactly(CHANNELS_LAST);
    Tensor kept = y.ne(0);
    assertThat(kept.sum().item()).isBetween(30.0, 90.0);
    assertThat(y.toFloats()).isEqualTo(x.mul(2).mul(kept).toFloats());
  }
}
