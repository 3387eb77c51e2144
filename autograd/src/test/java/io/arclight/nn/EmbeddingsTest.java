package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.InputSpec;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.EmbeddingBagOp.Mode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Embeddings beyond their values: defaults, printing, freezing, programs, errors. */
@Timeout(60)
class EmbeddingsTest {
  @TempDir private Path folder;
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
  void printedAsInPyTorch() {
    assertThat(new Embedding(3, 4)).hasToString("Embedding(3, 4)");
    assertThat(new Embedding(3, 4).paddingIdx(1).maxNorm(2).scaleGradByFreq())
        .hasToString("Embedding(3, 4, padding_idx=1, max_norm=2.0, scale_grad_by_freq=True)");
    assertThat(new EmbeddingBag(3, 4)).hasToString("EmbeddingBag(3, 4, mode='mean')");
    assertThat(new EmbeddingBag(3, 4).maxNorm(2).mode(Mode.SUM).paddingIdx(1))
        .hasToString("EmbeddingBag(3, 4, padding_idx=1, max_norm=2.0, mode='sum')");
    assertThat(new Bilinear(2, 3, 4))
        .hasToString("Bilinear(in1_features=2, in2_features=3, out_features=4, bias=True)");
  }

  @Test
  void paddingRowsAreZero() {
    float[] table = new Embedding(3, 2).paddingIdx(-2).weight().toFloats();
    assertThat(table[2]).isZero();
    assertThat(table[3]).isZero();
    assertThat(table[0]).isNotZero();
    Tensor given = Tensor.ones(Shape.of(3, 2));
    assertThat(Embedding.fromPretrained(given).paddingIdx(1).weight().toFloats()).containsOnly(1f);
    assertThatThrownBy(() -> new Embedding(3, 2).paddingIdx(3))
        .isInstanceOf(ShapeException.class)
        .hasMessage("embedding: the padding index 3 is not one of the 3 rows");
  }

  @Test
  void pretrainedTablesAreFrozen() {
    Embedding frozen = Embedding.fromPretrained(Tensor.ones(Shape.of(3, 2)));
    assertThat(frozen.weight().requiresGrad()).isFalse();
    assertThat(frozen.call(Tensor.of(1L, 2L)).requiresGrad()).isFalse();
    assertThat(frozen.unfreeze().weight().requiresGrad()).isTrue();
    EmbeddingBag bag = EmbeddingBag.fromPretrained(Tensor.ones(Shape.of(3, 2)));
    assertThat(bag.weight().requiresGrad()).isFalse();
    assertThatThrownBy(() -> Embedding.fromPretrained(Tensor.ones(Shape.of(3))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("got shape [3]");
  }

  @Test
  void sparseGradientsAreRefused() {
    assertThatThrownBy(() -> new Embedding(3, 2).sparse())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("there are no sparse gradients");
    assertThatThrownBy(() -> new EmbeddingBag(3, 2).sparse())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void emptyAndSmall() {
    Embedding layer = new Embedding(3, 2).maxNorm(1);
    assertThat(layer.call(Tensor.zeros(Shape.of(0, 4), DType.INT64)).shape())
        .isEqualTo(Shape.of(0, 4, 2));
    assertThat(layer.call(Tensor.of(1L).select(0, 0)).shape()).isEqualTo(Shape.of(2));
    assertThat(layer.call(Tensor.of(1, 2)).shape()).isEqualTo(Shape.of(2, 2));
    EmbeddingBag bag = new EmbeddingBag(3, 2);
    assertThat(bag.call(Tensor.zeros(Shape.of(0, 4), DType.INT64)).shape())
        .isEqualTo(Shape.of(0, 2));
    assertThat(bag.call(Tensor.zeros(Shape.of(2, 0), DType.INT64)).toFloats())
        .containsExactly(0, 0, 0, 0);
  }

  @Test
  void wrongIndices() {
    Embedding layer = new Embedding(3, 2);
    assertThatThrownBy(() -> layer.call(Tensor.of(new long[] {0, 1, 2, 3}, Shape.of(2, 2))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("embedding: index 3 is out of range for dimension 0 of size 3")
        .hasMessageContaining("[1, 1]");
    EmbeddingBag bag = new EmbeddingBag(3, 2);
    assertThatThrownBy(() -> bag.call(Tensor.of(0L, 1L)))
        .hasMessageContaining("need offsets, which say where bags begin");
    assertThatThrownBy(() -> bag.call(Tensor.zeros(Shape.of(2, 2), DType.INT64), Tensor.of(0L)))
        .hasMessageContaining("give no offsets");
    assertThatThrownBy(() -> bag.call(Tensor.of(0L, 1L), Tensor.of(0L, 3L)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("offsets ascend from 0 to at most 2");
  }

  @Test
  void tracedForAnyNumberOfRows() throws IOException {
    check(new Embedding(5, 2).paddingIdx(0), "embedding");
    check(new Embedding(5, 2).maxNorm(0.5), "limited");
    check(new EmbeddingBag(5, 2).mode(Mode.MAX).paddingIdx(1), "bag");
    assertThatThrownBy(() -> check(new EmbeddingBag(5, 2).maxNorm(1), "limited bag"))
        .hasMessageContaining("traced program cannot");
  }

  private void check(Layer layer, String name) throws IOException {
    LocalBlobStore store = LocalBlobStore.at(folder.resolve(name));
    layer.eval();
    Signature ids = Signature.of(InputSpec.of("x", DType.INT64, Shape.of(3)));
    try (Program program = Program.trace(layer, ids)) {
      program.save(store);
    }
    try (Program program = Program.load(store)) {
      for (long rows : new long[] {1, 4}) {
        Tensor x = Tensor.arange(rows * 3).remainder(5).reshape(rows, 3);
        assertThat(program.run(Map.of("x", x)).get(Program.OUTPUT).toFloats())
            .isEqualTo(layer.call(x).toFloats());
      }
    }
  }
}
