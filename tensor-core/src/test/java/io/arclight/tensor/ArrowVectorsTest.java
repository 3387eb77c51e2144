package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Arrow vectors; the allocator's closing finds what is still retained. */
@Timeout(60)
class ArrowVectorsTest {
  private BufferAllocator allocator;
  private Scope scope;

  @BeforeEach
  void open() {
    allocator = new RootAllocator();
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
    allocator.close();
  }

  @Test
  void everyDTypeComesBack() {
    for (DType dtype : DType.values()) {
      for (long[] shape :
          List.of(
              new long[] {12},
              new long[] {3, 4},
              new long[] {2, 3, 2},
              new long[] {0},
              new long[] {3, 0})) {
        long n = Shape.of(shape).elements();
        Tensor t = Tensor.arange(n).reshape(shape).to(dtype);
        if (dtype.isComplex() || dtype == DType.FLOAT16 || dtype == DType.BFLOAT16) {
          assertThatThrownBy(() -> ArrowVectors.to("x", t, allocator))
              .isInstanceOf(DTypeException.class);
          continue;
        }
        try (FieldVector v = ArrowVectors.to("x", t, allocator)) {
          assertThat(v.getName()).isEqualTo("x");
          assertThat(v.getValueCount()).isEqualTo((int) shape[0]);
          assertThat(v.getNullCount()).isZero();
          Tensor back = ArrowVectors.from(v);
          assertThat(back.dtype()).isEqualTo(dtype);
          assertThat(back.shape()).isEqualTo(t.shape());
          assertThat(back.toDoubles()).isEqualTo(t.toDoubles());
        }
      }
    }
  }

  /** The tensor keeps the memory when the vector is closed. */
  @Test
  void memoryIsShared() {
    Tensor t;
    try (Float4Vector v = new Float4Vector("v", allocator)) {
      v.allocateNew(3);
      for (int i = 0; i < 3; i++) {
        v.set(i, i + 0.5f);
      }
      v.setValueCount(3);
      t = ArrowVectors.from(v);
      assertThat(t.address()).isEqualTo(v.getDataBufferAddress());
    }
    assertThat(t.toFloats()).containsExactly(0.5f, 1.5f, 2.5f);
    assertThat(allocator.getAllocatedMemory()).isPositive();
    t.close();
    assertThat(allocator.getAllocatedMemory()).isZero();
  }

  @Test
  void listsOfOneLengthAreRows() {
    try (ListVector v = lists(new float[][] {{1, 2}, {3, 4}, {5, 6}})) {
      Tensor t = ArrowVectors.from(v);
      assertThat(t.toArray()).isEqualTo(new float[][] {{1, 2}, {3, 4}, {5, 6}});
    }
    try (ListVector v = lists(new float[][] {{1, 2}, {3}})) {
      assertThatThrownBy(() -> ArrowVectors.from(v))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("list 1 has 1 elements where others have 2");
    }
  }

  private ListVector lists(float[][] rows) {
    ListVector v = ListVector.empty("rows", allocator);
    UnionListWriter writer = v.getWriter();
    for (int i = 0; i < rows.length; i++) {
      writer.setPosition(i);
      writer.startList();
      for (float f : rows[i]) {
        writer.writeFloat4(f);
      }
      writer.endList();
    }
    v.setValueCount(rows.length);
    return v;
  }

  @Test
  void nullsAndTextAreRefused() {
    try (Float4Vector v = new Float4Vector("v", allocator);
        VarCharVector text = new VarCharVector("t", allocator)) {
      v.allocateNew(2);
      v.set(0, 1);
      v.setValueCount(2);
      assertThatThrownBy(() -> ArrowVectors.from(v))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("'v' has 1 nulls among 2 values");
      assertThatThrownBy(() -> ArrowVectors.from(text)).isInstanceOf(DTypeException.class);
      assertThatThrownBy(() -> ArrowVectors.to("x", Tensor.scalar(1f), allocator))
          .isInstanceOf(ShapeException.class);
    }
  }
}
