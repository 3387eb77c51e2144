package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.autograd.TensorsFunction;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers with attention against PyTorch ({@code it/oracle/transformer.py}). */
@Timeout(60)
class TransformerGoldenTest {
  private static final Golden GOLDEN =
      Golden.read(TransformerGoldenTest.class, "transformer.safetensors");
  private static final AttentionMasks NONE = AttentionMasks.of();
  private static final TransformerOptions SMALL =
      TransformerOptions.of().dimFeedforward(5).dropout(0);

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

  @AfterAll
  static void complete() {
    GOLDEN.close();
  }

  private static MultiheadAttention attention() {
    return new MultiheadAttention(6, 2);
  }

  private static Tensor[] both(MultiheadAttention.Result r) {
    return new Tensor[] {r.output(), r.weights()};
  }

  private static void self(String name, MultiheadAttention m) {
    GOLDEN.check(name, m, in -> both(m.call(in[0], in[0], in[0])));
  }

  private static void three(String name, MultiheadAttention m) {
    GOLDEN.check(name, m, in -> both(m.call(in[0], in[1], in[2])));
  }

  private static TensorsFunction output(MultiheadAttention m) {
    return in -> {
      AttentionMasks masks =
          in.length == 5
              ? NONE.keyPaddingMask(in[3]).attnMask(in[4])
              : in.length == 4 ? NONE.attnMask(in[3]) : NONE;
      return new Tensor[] {
        m.call(in[0], in[1], in[2], masks, MultiheadAttention.Weights.NONE).output()
      };
    };
  }

  @Test
  void attentionToItself() {
    self("self", attention());
    self("self batch first", attention().batchFirst());
    self("self unbatched", attention());
    self("self no bias", attention().noBias());
  }

  @Test
  void attentionToOthers() {
    three("three", attention());
    three("widths", attention().kdim(4).vdim(3));
    three("bias kv", attention().addBiasKv());
    MultiheadAttention each = attention();
    GOLDEN.check(
        "each head",
        each,
        in -> both(each.call(in[0], in[1], in[2], NONE, MultiheadAttention.Weights.EACH_HEAD)));
    MultiheadAttention without = attention();
    GOLDEN.check("without weights", without, output(without));
    MultiheadAttention zero = attention().addZeroAttn();
    GOLDEN.check("zero", zero, output(zero));
  }

  @Test
  void attentionWithMasks() {
    MultiheadAttention all = attention().addBiasKv().addZeroAttn().batchFirst();
    GOLDEN.check(
        "masks",
        all,
        in ->
            both(
                all.call(
                    in[0],
                    in[1],
                    in[2],
                    NONE.keyPaddingMask(in[3]).attnMask(in[4]),
                    MultiheadAttention.Weights.AVERAGE)));
    GOLDEN.check("masks without weights", all, output(all));
    MultiheadAttention heads = attention();
    GOLDEN.check("mask by head", heads, output(heads));
    MultiheadAttention one = attention();
    GOLDEN.check(
        "unbatched padding",
        one,
        in ->
            both(
                one.call(
                    in[0],
                    in[1],
                    in[2],
                    NONE.keyPaddingMask(in[3]),
                    MultiheadAttention.Weights.AVERAGE)));
  }

  @Test
  void causalNeedsNoMask() {
    MultiheadAttention m = attention();
    Tensor x = Tensor.randn(Shape.of(4, 3, 6));
    Tensor mask = Transformer.generateSquareSubsequentMask(4);
    for (MultiheadAttention.Weights w : MultiheadAttention.Weights.values()) {
      Tensor expected = m.call(x, x, x, NONE.attnMask(mask), w).output();
      Tensor actual = m.call(x, x, x, NONE.causal(), w).output();
      assertThat(actual.sub(expected).abs().max().item()).isLessThan(1e-6);
    }
    assertThat(mask.toDoubles()[1]).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(mask.toDoubles()[4]).isZero();
  }

  @Test
  void encoderLayers() throws IOException {
    GOLDEN.check("encoder layer", new TransformerEncoderLayer(6, 2, SMALL));
    GOLDEN.traces("encoder layer", new TransformerEncoderLayer(6, 2, SMALL.batchFirst()), folder);
    TransformerEncoderLayer options =
        new TransformerEncoderLayer(
            6,
            2,
            SMALL.activation(ActivationFunction.GELU).layerNormEps(1e-2).batchFirst().normFirst());
    GOLDEN.check(
        "encoder layer options",
        options,
        in -> new Tensor[] {options.call(in[0], NONE.attnMask(in[1]).keyPaddingMask(in[2]))});
    GOLDEN.check("encoder layer no bias", new TransformerEncoderLayer(6, 2, SMALL.noBias()));
  }

  @Test
  void decoderLayers() {
    TransformerDecoderLayer plain = new TransformerDecoderLayer(6, 2, SMALL);
    GOLDEN.check("decoder layer", plain, in -> new Tensor[] {plain.call(in[0], in[1])});
    TransformerDecoderLayer options =
        new TransformerDecoderLayer(
            6,
            2,
            SMALL.activation(ActivationFunction.GELU).layerNormEps(1e-2).batchFirst().normFirst());
    GOLDEN.check(
        "decoder layer options",
        options,
        in ->
            new Tensor[] {
              options.call(
                  in[0],
                  in[1],
                  NONE.attnMask(in[2]).keyPaddingMask(in[4]),
                  NONE.attnMask(in[3]).keyPaddingMask(in[5]))
            });
    TransformerDecoderLayer bare = new TransformerDecoderLayer(6, 2, SMALL.noBias());
    GOLDEN.check("decoder layer no bias", bare, in -> new Tensor[] {bare.call(in[0], in[1])});
  }

  @Test
  void stacks() {
    TransformerEncoder encoder =
        new TransformerEncoder(new TransformerEncoderLayer(6, 2, SMALL), 2).norm(new LayerNorm(6));
    GOLDEN.check("encoder", encoder);
    TransformerDecoder decoder =
        new TransformerDecoder(new TransformerDecoderLayer(6, 2, SMALL), 2);
    GOLDEN.check("decoder", decoder, in -> new Tensor[] {decoder.call(in[0], in[1])});
    Transformer both = new Transformer(6, 2, 1, 2, SMALL.batchFirst());
    Tensor padding =
        Tensor.of(new long[] {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1, 0}, Shape.of(3, 5))
            .to(DType.BOOL);
    AttentionMasks padded = NONE.keyPaddingMask(padding);
    GOLDEN.check(
        "transformer",
        both,
        in -> new Tensor[] {both.call(in[0], in[1], padded, NONE.causal(), padded)});
  }

  /** As in PyTorch the layers of a stack begin with the same weights. */
  @Test
  void stacksBeginAsCopies() {
    TransformerEncoder encoder =
        new TransformerEncoder(new TransformerEncoderLayer(6, 2, SMALL), 2);
    assertThat(encoder.stateDict().get("layers.1.linear1.weight").toDoubles())
        .isEqualTo(encoder.stateDict().get("layers.0.linear1.weight").toDoubles());
    assertThat(encoder.parameters()).hasSize(24);
  }

  @Test
  void dropoutIsForTrainingOnly() {
    TransformerEncoderLayer layer =
        new TransformerEncoderLayer(6, 2, TransformerOptions.of().dimFeedforward(5).dropout(0.5));
    Tensor x = Tensor.randn(Shape.of(4, 3, 6));
    assertThat(layer.call(x).sub(layer.call(x)).abs().max().item()).isPositive();
    layer.eval();
    assertThat(layer.call(x).sub(layer.call(x)).abs().max().item()).isZero();
    MultiheadAttention m = new MultiheadAttention(6, 2).dropout(0.5);
    Tensor weights = m.call(x, x, x).weights();
    assertThat(weights.eq(0).any().item()).isEqualTo(1);
  }

  @Test
  void printsAsPyTorch() {
    assertThat(new TransformerEncoderLayer(4, 2, TransformerOptions.of().dimFeedforward(8)))
        .hasToString(
            """
            TransformerEncoderLayer(
              (self_attn): MultiheadAttention(
                (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)
              )
              (linear1): Linear(in_features=4, out_features=8, bias=True)
              (dropout): Dropout(p=0.1, inplace=False)
              (linear2): Linear(in_features=8, out_features=4, bias=True)
              (norm1): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)
              (norm2): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)
              (dropout1): Dropout(p=0.1, inplace=False)
              (dropout2): Dropout(p=0.1, inplace=False)
            )""");
  }

  @Test
  void errorsSayWhatToDo() {
    MultiheadAttention m = attention();
    Tensor x = Tensor.ones(Shape.of(4, 3, 6));
    assertThatThrownBy(() -> new MultiheadAttention(6, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("embedDim 6 must be a positive multiple of numHeads 4");
    assertThatThrownBy(() -> m.call(x, x, Tensor.ones(Shape.of(5, 3, 6))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("keys and values of one length");
    MultiheadAttention.Weights none = MultiheadAttention.Weights.NONE;
    assertThatThrownBy(() -> m.call(x, x, x, NONE.attnMask(Tensor.ones(Shape.of(4, 3))), none))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("attnMask must have the shape [4, 4], not [4, 3]");
    Tensor whole = Tensor.zeros(Shape.of(3, 4), DType.INT64);
    assertThatThrownBy(() -> m.call(x, x, x, NONE.keyPaddingMask(whole), none))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("keyPaddingMask must be bool or floating-point, not int64");
    assertThatThrownBy(() -> new MultiheadAttention(6, 2).dropout(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from 0 to 1, not 2.0");
  }
}
