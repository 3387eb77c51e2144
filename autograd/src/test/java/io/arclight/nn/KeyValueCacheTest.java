package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyValueCacheTest {
  @Test
  void outlivesTheScopesOfItsStepsAndGivesAllBack() {
    fillCropAndSelect(); // Constants of kernels stay.
    Memory.collect();
    long before = Memory.liveBytes();
    fillCropAndSelect();
    Memory.collect();
    assertThat(Memory.liveBytes()).isEqualTo(before);
  }

  private static void fillCropAndSelect() {
    try (KeyValueCache cache = new KeyValueCache()) {
      for (int step = 0; step < 200; step++) {
        try (Scope scope = Scope.open()) {
          Tensor row = Tensor.full(Shape.of(2, 3, 1, 4), (double) step);
          KeyValueCache.KeysValues all = cache.update(0, row, row.neg());
          assertThat(all.keys().shape()).isEqualTo(Shape.of(2, 3, step + 1, 4));
        }
      }
      try (Scope scope = Scope.open()) {
        Tensor keys = cache.layer(0).keys().select(2, 70);
        assertThat(keys.contiguous().toFloats()).containsOnly(70f);
        cache.crop(5);
        assertThat(cache.layer(0).values().shape()).isEqualTo(Shape.of(2, 3, 5, 4));
        cache.select(Tensor.of(1L));
        assertThat(cache.layer(0).values().shape()).isEqualTo(Shape.of(1, 3, 5, 4));
      }
    }
  }

  @Test
  void nothingIsBroadcastOrConvertedInSilence() {
    try (Scope scope = Scope.open();
        KeyValueCache cache = new KeyValueCache()) {
      Tensor first = Tensor.ones(Shape.of(2, 3, 2, 4));
      cache.update(0, first, first);
      Tensor other = Tensor.ones(Shape.of(1, 3, 1, 4));
      assertThatThrownBy(() -> cache.update(0, other, other))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("float32[2, 3, 2, 4]")
          .hasMessageContaining("cannot go on with float32[1, 3, 1, 4]");
      Tensor halves = Tensor.ones(Shape.of(2, 3, 1, 4), DType.BFLOAT16);
      assertThatThrownBy(() -> cache.update(0, halves, halves))
          .hasMessageContaining("cannot go on with bfloat16[2, 3, 1, 4]");
      assertThatThrownBy(() -> cache.update(0, first, first.narrow(2, 0, 1)))
          .hasMessageContaining("got key [2, 3, 2, 4] and value [2, 3, 1, 4]");
      assertThatThrownBy(() -> cache.crop(-1)).hasMessageContaining("-1");
      assertThat(cache.length()).isEqualTo(2);
    }
  }
}
