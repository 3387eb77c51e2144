package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Java arrays, lists, numbers and buffers. */
class HostTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void arraysOfAnyRankAndTypeComeBack() {
    List<Object> arrays =
        List.of(
            new float[][] {{1, 2, 3}, {4, 5, Float.NaN}},
            new double[][][] {{{1.5}, {-2}}},
            new long[] {Long.MIN_VALUE, Long.MAX_VALUE},
            new int[0],
            new int[2][0],
            new short[][] {{1}, {-2}},
            new byte[] {-128, 127},
            new boolean[][] {{true, false}});
    for (Object array : arrays) {
      Tensor t = Tensor.from(array);
      assertThat(t.toArray()).isInstanceOf(array.getClass()).isEqualTo(array);
    }
    assertThat(Tensor.from(new float[0][3]).shape()).isEqualTo(Shape.of(0, 0));
    assertThat(Tensor.from(new float[][] {{1, 2}}).dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Tensor.from(new int[][] {{1}}, DType.FLOAT64).toArray())
        .isEqualTo(new double[][] {{1}});
    assertThat(Tensor.of(new byte[] {-1}, Shape.of(1), DType.UINT8).toArray())
        .isEqualTo(new short[] {255});
    assertThat(Tensor.of(0.5f).to(DType.BFLOAT16).toArray()).isEqualTo(new float[] {0.5f});
  }

  @Test
  void viewsAndOtherDevicesAreReadInOrder() {
    Tensor t = Tensor.from(new int[][] {{1, 2, 3}, {4, 5, 6}}).to(Device.QUEUE).t();
    assertThat(t.toArray()).isEqualTo(new int[][] {{1, 4}, {2, 5}, {3, 6}});
    assertThat(t.toInts()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThat(t.gt(3).toBooleans()).containsExactly(false, true, false, true, false, true);
  }

  @Test
  void numbersAreNumbers() {
    assertThat(Tensor.from(3).toArray()).isEqualTo(3);
    assertThat(Tensor.from(2.5).dtype()).isEqualTo(DType.FLOAT64);
    assertThat(Tensor.from(true).toList()).isEqualTo(true);
    assertThat(Tensor.scalar(Long.MAX_VALUE).itemLong()).isEqualTo(Long.MAX_VALUE);
    assertThat(Tensor.of(0f).itemBoolean()).isFalse();
    assertThat(Tensor.from(new float[][] {{1}, {2}}).toList())
        .isEqualTo(List.of(List.of(1f), List.of(2f)));
    assertThatThrownBy(() -> Tensor.of(1, 2).itemLong())
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("expects one element, got shape [2]");
  }

  @Test
  void raggedAndOtherArraysAreRefused() {
    assertThatThrownBy(() -> Tensor.from(new int[][] {{1, 2}, {3}}))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("at depth 1 has 1 elements where the first has 2");
    assertThatThrownBy(() -> Tensor.from(new int[][] {{1, 2}, null}))
        .isInstanceOf(ShapeException.class);
    assertThatThrownBy(() -> Tensor.from(new int[][][] {{{1}}, {}}))
        .isInstanceOf(ShapeException.class);
    assertThatThrownBy(() -> Tensor.from(new Object[] {new int[] {1}, new long[] {1}}))
        .isInstanceOf(DTypeException.class);
    assertThatThrownBy(() -> Tensor.from(new Object[] {new int[1][1], new int[1]}))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("depth 1");
    assertThatThrownBy(() -> Tensor.from("1")).isInstanceOf(DTypeException.class);
    assertThatThrownBy(() -> Tensor.from(new String[] {"1"})).isInstanceOf(DTypeException.class);
    assertThatThrownBy(() -> Tensor.from((Object) null)).isInstanceOf(DTypeException.class);
    assertThatThrownBy(() -> Tensor.from(new char[] {'a'})).isInstanceOf(DTypeException.class);
  }

  @Test
  void directBuffersAreShared() {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(20).order(ByteOrder.nativeOrder()).asFloatBuffer();
    buffer.put(0, new float[] {1, 2, 3, 4, 5}).position(1).limit(4);
    Tensor t = Tensor.from(buffer);
    assertThat(t.toFloats()).containsExactly(2, 3, 4);
    buffer.put(1, 9);
    assertThat(t.toFloats()).containsExactly(9, 3, 4);
    assertThat(buffer.position()).isEqualTo(1);
  }

  @Test
  void otherBuffersAreCopied() {
    ByteBuffer big = ByteBuffer.allocateDirect(8); // big-endian
    big.putInt(0, 7).putInt(4, -1);
    assertThat(Tensor.from(big.asIntBuffer()).toInts()).containsExactly(7, -1);
    assertThat(Tensor.from(FloatBuffer.wrap(new float[] {1, 2}, 1, 1)).toFloats())
        .containsExactly(2);
    ByteBuffer bytes = ByteBuffer.allocateDirect(9).order(ByteOrder.nativeOrder());
    bytes.putInt(1, 5);
    bytes.position(1).limit(9);
    assertThat(Tensor.from(bytes.slice().order(ByteOrder.nativeOrder()).asIntBuffer()).toInts())
        .containsExactly(5, 0);
    assertThat(Tensor.from(ByteBuffer.wrap(new byte[] {-1})).dtype()).isEqualTo(DType.UINT8);
  }

  @Test
  void buffersAreFilled() {
    FloatBuffer buffer = FloatBuffer.allocate(3);
    buffer.position(1);
    Tensor.of(1f, 2f).copyTo(buffer);
    assertThat(buffer.array()).containsExactly(0, 1, 2);
    ByteBuffer bytes = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());
    Tensor.of(258).copyTo(bytes);
    assertThat(bytes.getInt(0)).isEqualTo(258);
    assertThatThrownBy(() -> Tensor.of(1f, 2f).copyTo(FloatBuffer.allocate(1)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("room for 1 elements, 2 are needed");
    assertThatThrownBy(() -> Tensor.of(1).copyTo(FloatBuffer.allocate(1)))
        .isInstanceOf(DTypeException.class);
  }

  @Test
  void defaultsApplyWhereNothingIsSaid() {
    DType.defaultDType(DType.FLOAT64);
    Device.defaultDevice(Device.QUEUE);
    try {
      assertThat(Tensor.zeros(Shape.of(1)).dtype()).isEqualTo(DType.FLOAT64);
      assertThat(Tensor.arange(3).device()).isEqualTo(Device.QUEUE);
      assertThat(Tensor.arange(3).dtype()).isEqualTo(DType.INT64);
      assertThat(Tensor.arange(0, 1, 0.5).dtype()).isEqualTo(DType.FLOAT64);
      assertThat(Tensor.rand(Shape.of(2)).device()).isEqualTo(Device.QUEUE);
      assertThat(Tensor.of(1f).device()).isEqualTo(Device.CPU);
    } finally {
      DType.defaultDType(DType.FLOAT32);
      Device.defaultDevice(Device.CPU);
    }
  }

  @Test
  void emptyTensorsTakeStrides() {
    Tensor t = Tensor.emptyStrided(Shape.of(2, 3), 1, 2);
    assertThat(t.strides()).containsExactly(1, 2);
    assertThat(t.storage().bytes()).isEqualTo(24);
    assertThat(Tensor.emptyStrided(Shape.of(0, 3), 1, 2).elements()).isZero();
    assertThatThrownBy(() -> Tensor.emptyStrided(Shape.of(2), 1, 2))
        .isInstanceOf(ShapeException.class);
    assertThatThrownBy(() -> Tensor.emptyStrided(Shape.of(2), -1))
        .isInstanceOf(ShapeException.class);
  }
}
