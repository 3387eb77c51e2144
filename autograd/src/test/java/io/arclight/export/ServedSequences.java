package io.arclight.export;

import static io.arclight.export.ServedCase.Input.floats;
import static io.arclight.export.ServedCase.Input.ids;
import static io.arclight.export.ServedCase.layer;
import static io.arclight.export.ServedCase.module;
import static io.arclight.export.ServedCase.several;

import io.arclight.export.ServedCase.Input;
import io.arclight.nn.AttentionMasks;
import io.arclight.nn.Embedding;
import io.arclight.nn.EmbeddingBag;
import io.arclight.nn.GRU;
import io.arclight.nn.GRUCell;
import io.arclight.nn.LSTM;
import io.arclight.nn.LSTMCell;
import io.arclight.nn.MultiheadAttention;
import io.arclight.nn.RNN;
import io.arclight.nn.RNNBase;
import io.arclight.nn.RNNCell;
import io.arclight.nn.Transformer;
import io.arclight.nn.TransformerDecoder;
import io.arclight.nn.TransformerDecoderLayer;
import io.arclight.nn.TransformerEncoder;
import io.arclight.nn.TransformerEncoderLayer;
import io.arclight.nn.TransformerOptions;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.EmbeddingBagOp;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Cases for the modules of {@code io.arclight.nn} that sequences go through. */
final class ServedSequences {
  private ServedSequences() {}

  static List<ServedCase<?>> all() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.addAll(recurrent());
    out.addAll(attention());
    out.addAll(embeddings());
    return out;
  }

  private static <S> Tensor[] outputs(RNNBase.Output<S> out) {
    return out.state() instanceof LSTM.State s
        ? new Tensor[] {out.output(), s.hidden(), s.cell()}
        : new Tensor[] {out.output(), (Tensor) out.state()};
  }

  private static List<ServedCase<?>> recurrent() {
    Input sequence = floats(7, 3);
    return List.of(
        several(() -> new RNN(3, 5).batchFirst(), (m, in) -> outputs(m.call(in[0])), sequence),
        several(
            () -> new RNN(3, 5, RNN.Nonlinearity.RELU).batchFirst().layers(2),
            (m, in) -> outputs(m.call(in[0])),
            sequence),
        several(
            () -> new LSTM(3, 5).batchFirst().layers(2).bidirectional().dropout(0.5),
            (m, in) -> outputs(m.call(in[0])),
            sequence),
        several(
            () -> new LSTM(3, 5).batchFirst().projSize(2),
            (m, in) -> outputs(m.call(in[0])),
            sequence),
        several(
            () -> new LSTM(3, 5),
            (m, in) -> {
              Tensor first = in[1].unsqueeze(0);
              return outputs(m.call(in[0].transpose(0, 1), new LSTM.State(first, first.mul(2))));
            },
            sequence,
            floats(5)),
        several(
            () -> new GRU(3, 5).batchFirst().bidirectional(),
            (m, in) -> outputs(m.call(in[0])),
            sequence),
        module(() -> new RNNCell(3, 5), (m, in) -> m.call(in[0], in[1]), floats(3), floats(5)),
        several(
            () -> new GRU(3, 5).batchFirst(),
            (m, in) -> outputs(m.call(in[0], Tensor.ones(Shape.of(1, in[0].dim(0), 5)))),
            sequence),
        module(() -> new GRUCell(3, 5), (m, in) -> m.call(in[0]), floats(3)),
        several(
            () -> new LSTMCell(3, 5),
            (m, in) -> {
              LSTM.State next = m.call(in[0], new LSTM.State(in[1], in[1].neg()));
              return new Tensor[] {next.hidden(), next.cell()};
            },
            floats(3),
            floats(5)));
  }

  private static List<ServedCase<?>> attention() {
    TransformerOptions small = TransformerOptions.of().batchFirst().dimFeedforward(12);
    Supplier<TransformerEncoderLayer> encoder = () -> new TransformerEncoderLayer(8, 2, small);
    Supplier<TransformerDecoderLayer> decoder = () -> new TransformerDecoderLayer(8, 2, small);
    Input source = floats(5, 8);
    Input target = floats(4, 8);
    // Whole numbers, as tables have no masks; the first token is never padding.
    Input kept = ids(2, 5);
    Function<Tensor, AttentionMasks> padding =
        t -> {
          Tensor first = Tensor.arange(5).eq(0);
          return AttentionMasks.of().keyPaddingMask(t.eq(0).logicalAnd(first.logicalNot()));
        };
    return List.of(
        several(
            () -> new MultiheadAttention(8, 2).batchFirst(),
            (m, in) -> {
              MultiheadAttention.Result out = m.call(in[0], in[0], in[0]);
              return new Tensor[] {out.output(), out.weights()};
            },
            source),
        module(
            () -> new MultiheadAttention(8, 2).addBiasKv().addZeroAttn().kdim(3).vdim(6),
            (m, in) ->
                m.call(in[0].transpose(0, 1), in[1].transpose(0, 1), in[2].transpose(0, 1))
                    .output()
                    .transpose(0, 1),
            target,
            floats(5, 3),
            floats(5, 6)),
        module(
            () -> new MultiheadAttention(8, 2).batchFirst(),
            (m, in) ->
                m.call(in[0], in[0], in[0], padding.apply(in[1]), MultiheadAttention.Weights.NONE)
                    .output(),
            source,
            kept),
        module(encoder, (m, in) -> m.call(in[0], AttentionMasks.of().causal()), source),
        module(
            () -> new TransformerEncoder(encoder.get(), 2),
            (m, in) -> m.call(in[0], padding.apply(in[1])),
            source,
            kept),
        module(decoder, (m, in) -> m.call(in[0], in[1]), target, source),
        module(
            () -> new TransformerDecoder(decoder.get(), 2),
            (m, in) -> m.call(in[0], in[1], AttentionMasks.of().causal(), padding.apply(in[2])),
            target,
            source,
            kept),
        module(
            () -> new Transformer(8, 2, 1, 1, small),
            (m, in) ->
                m.call(
                    in[0],
                    in[1],
                    padding.apply(in[2]),
                    AttentionMasks.of().causal(),
                    padding.apply(in[2])),
            source,
            target,
            kept));
  }

  private static List<ServedCase<?>> embeddings() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.add(layer(() -> new Embedding(11, 4).paddingIdx(0), ids(11, 6)));
    out.add(layer(() -> new Embedding(11, 4), ids(11)));
    for (EmbeddingBagOp.Mode mode : EmbeddingBagOp.Mode.values()) {
      out.add(layer(() -> new EmbeddingBag(11, 4).mode(mode).paddingIdx(0), ids(11, 6)));
    }
    out.add(
        module(
            () -> new EmbeddingBag(11, 4),
            (m, in) -> {
              Tensor offsets = in[0].select(1, 0).onesLike().cumsum(0).sub(1).mul(6);
              return m.call(in[0].reshape(6 * in[0].dim(0)), offsets);
            },
            ids(11, 6)));
    return out;
  }
}
