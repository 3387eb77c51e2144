package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Does anything work at all. */
class TinyTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "queue"})
  void arithmeticBroadcasts(String device) {
    Device d = Device.of(device);
    Tensor a = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, Shape.of(2, 3)).to(d);
    Tensor b = Tensor.of(10f, 20f, 30f).to(d);
    assertThat(a.add(b).toFloats()).containsExactly(11, 22, 33, 14, 25, 36);
    assertThat(a.t().add(1).toFloats()).containsExactly(2, 5, 3, 6, 4, 7);
    assertThat(a.mul(2).sum().item()).isEqualTo(42);
    assertThat(a.sum(0).toFloats()).containsExactly(5, 7, 9);
    assertThat(a.sum(1).toFloats()).containsExactly(6, 15);
    assertThat(a.argmax(1).toLongs()).containsExactly(2, 2);
    assertThat(a.cumsum(1).toFloats()).containsExactly(1, 3, 6, 4, 9, 15);
    assertThat(a.softmax(1).sum().item()).isEqualTo(2, org.assertj.core.data.Offset.offset(1e-6));
    assertThat(a.softmax(0).sum(0).toFloats()).containsExactly(1, 1, 1);
    assertThat(Tensor.cat(0, a, a).shape()).isEqualTo(Shape.of(4, 3));
    assertThat(a.indexSelect(1, Tensor.of(2L, 0L).to(d)).toFloats()).containsExactly(3, 1, 6, 4);
    assertThat(a.slice(1, 0, 3, 2).toFloats()).containsExactly(1, 3, 4, 6);
    assertThat(a.gt(3).toLongs()).containsExactly(0, 0, 0, 1, 1, 1);
    assertThat(a.pad(1, 1, 0, 9).toFloats()).containsExactly(9, 1, 2, 3, 9, 4, 5, 6);
    assertThat(Tensor.of(0L, 2L).to(d).oneHot(3).toLongs()).containsExactly(1, 0, 0, 0, 0, 1);
    assertThat(a.mm(a.t()).toFloats()).containsExactly(14, 32, 32, 77);
  }

  @Test
  void integersAndPromotion() {
    assertThat(Tensor.of(7, -7).floorDivide(Tensor.of(2)).toLongs()).containsExactly(3, -4);
    assertThat(Tensor.of(7, -7).remainder(3).toLongs()).containsExactly(1, 2);
    assertThat(Tensor.of(1, 2).add(1.5).dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Tensor.of(1, 2).div(2).dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Tensor.of(1, 2).add(Tensor.of(1L)).dtype()).isEqualTo(DType.INT64);
    assertThatThrownBy(() -> Tensor.of(1).floorDivide(Tensor.of(0)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("division by zero");
    assertThatThrownBy(() -> Tensor.of(1f, 2f).indexSelect(0, Tensor.of(5L)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("index 5");
  }

  /** Twelve dimensions that do not merge need more argument slots than usual. */
  @Test
  void manyDimensions() {
    long[] twos = new long[12];
    int[] reversed = new int[12];
    for (int i = 0; i < 12; i++) {
      twos[i] = 2;
      reversed[i] = 11 - i;
    }
    Tensor a = Tensor.arange(4096).reshape(twos);
    Tensor b = a.permute(reversed);
    Tensor sum = b.addcmul(a, b, 2);
    assertThat(sum.sum().item()).isEqualTo(b.add(a.mul(b).mul(2)).sum().item());
    assertThat(b.copy().permute(reversed).toLongs()).isEqualTo(a.toLongs());
  }

  @Test
  void randomIsSeeded() {
    Generator g = new Generator(7);
    float[] a = g.uniform(Shape.of(1000), DType.FLOAT32, Device.CPU).toFloats();
    float[] b = new Generator(7).uniform(Shape.of(1000), DType.FLOAT32, Device.QUEUE).toFloats();
    assertThat(a).isEqualTo(b);
    double mean = g.normal(Shape.of(100_000), DType.FLOAT32, Device.CPU).mean().item();
    assertThat(mean).isBetween(-0.02, 0.02);
    assertThat(Tensor.of(1f, 2f).toString()).isEqualTo("tensor([1., 2.])");
  }
}
