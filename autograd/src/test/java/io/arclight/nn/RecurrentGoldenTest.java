package io.arclight.nn;

import io.arclight.nn.utils.PackedSequence;
import io.arclight.nn.utils.Packing;
import io.arclight.nn.utils.Padding;
import io.arclight.nn.utils.Rnn;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Recurrent layers against PyTorch ({@code it/oracle/recurrent.py}). */
@Timeout(120)
class RecurrentGoldenTest {
  private static final Golden GOLDEN =
      Golden.read(RecurrentGoldenTest.class, "recurrent.safetensors");
  private static final long I = 2;
  private static final long H = 4;
  private static final long[] LENGTHS = {2, 4, 1};
  private static final long[] SORTED = {4, 2, 1};

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

  /** Every option of a kind; {@code make} gives a layer on [2] features with 4 hidden ones. */
  private static void options(String kind, BiFunction<String, String, RNNBase<?, ?>> make) {
    for (String option : List.of("", "no bias", "layers", "bidirectional", "batch first")) {
      String name = (kind + " " + option).strip();
      RNNBase<?, ?> layer = make.apply(kind, option);
      GOLDEN.check(name, layer, in -> call(layer, in));
      GOLDEN.check(name + " from states", layer, in -> call(layer, in));
    }
    RNNBase<?, ?> both = make.apply(kind, "bidirectional");
    GOLDEN.check(kind + " single", both, in -> call(both, in));
  }

  private static RNNBase<?, ?> with(RNNBase<?, ?> layer, String option) {
    return switch (option) {
      case "no bias" -> layer.noBias();
      case "layers" -> layer.layers(2);
      case "bidirectional" -> layer.layers(2).bidirectional();
      case "batch first" -> layer.batchFirst().bidirectional();
      default -> layer;
    };
  }

  /** Output and states, from the states among the inputs if there are any. */
  private static <S> Tensor[] call(RNNBase<S, ?> layer, Tensor... in) {
    RNNBase.Output<S> out =
        in.length == 1 ? layer.call(in[0]) : layer.call(in[0], layer.join(rest(in)));
    return all(List.of(out.output()), layer.split(out.state()));
  }

  private static Tensor[] rest(Tensor... in) {
    return java.util.Arrays.copyOfRange(in, 1, in.length);
  }

  private static Tensor[] all(List<Tensor> first, Tensor... more) {
    List<Tensor> out = new ArrayList<>(first);
    out.addAll(List.of(more));
    return out.toArray(new Tensor[0]);
  }

  @Test
  void rnn() {
    options("rnn", (kind, option) -> with(new RNN(I, H), option));
    RNN relu = new RNN(I, H, RNN.Nonlinearity.RELU).layers(2);
    GOLDEN.check("rnn relu", relu, in -> call(relu, in));
  }

  @Test
  void lstm() {
    options("lstm", (kind, option) -> with(new LSTM(I, H), option));
    LSTM projected = new LSTM(I, H).projSize(2);
    GOLDEN.check("lstm projected", projected, in -> call(projected, in));
    LSTM layers = new LSTM(I, H).layers(2).bidirectional().projSize(2);
    GOLDEN.check("lstm projected layers", layers, in -> call(layers, in));
  }

  @Test
  void gru() {
    options("gru", (kind, option) -> with(new GRU(I, H), option));
  }

  @Test
  void cells() {
    check("rnn cell", new RNNCell(I, H));
    check("rnn cell single", new RNNCell(I, H).noBias());
    check("rnn cell relu", new RNNCell(I, H, RNN.Nonlinearity.RELU));
    check("lstm cell", new LSTMCell(I, H));
    check("lstm cell single", new LSTMCell(I, H).noBias());
    check("gru cell", new GRUCell(I, H));
    check("gru cell single", new GRUCell(I, H).noBias());
  }

  private static <S> void check(String name, RNNCellBase<S, ?> cell) {
    GOLDEN.check(
        name,
        cell,
        in ->
            cell.split(in.length == 1 ? cell.call(in[0]) : cell.call(in[0], cell.join(rest(in)))));
  }

  @Test
  void packed() {
    packed("rnn packed", new RNN(I, H), SORTED);
    packed("lstm packed", new LSTM(I, H), SORTED);
    packed("gru packed", new GRU(I, H), SORTED);
    packed("rnn packed any", new RNN(I, H).layers(2).bidirectional(), LENGTHS);
    packed("lstm packed any", new LSTM(I, H).layers(2).bidirectional(), LENGTHS);
    packed("gru packed any", new GRU(I, H).layers(2).bidirectional(), LENGTHS);
    packed("lstm packed projected", new LSTM(I, H).layers(2).bidirectional().projSize(2), LENGTHS);
  }

  private static <S> void packed(String name, RNNBase<S, ?> layer, long... lengths) {
    Packing packing = lengths == SORTED ? Packing.standard() : Packing.standard().unsorted();
    GOLDEN.check(
        name,
        layer,
        in -> {
          PackedSequence x = Rnn.packPaddedSequence(in[0], lengths, packing);
          RNNBase.PackedOutput<S> out =
              in.length == 1 ? layer.call(x) : layer.call(x, layer.join(rest(in)));
          Padding padding = Padding.standard().value(0.5).totalLength(6);
          Tensor y = Rnn.padPackedSequence(out.output(), padding).output();
          return all(List.of(out.output().data(), y), layer.split(out.state()));
        });
  }

  @Test
  void sequences() {
    GOLDEN.check(
        "pack",
        in -> {
          PackedSequence p =
              Rnn.packPaddedSequence(in[0], LENGTHS, Packing.standard().batchFirst().unsorted());
          long[] sizes = p.batchSizes().stream().mapToLong(n -> n).toArray();
          return new Tensor[] {p.data(), Tensor.of(sizes), p.sortedIndices(), p.unsortedIndices()};
        });
    Map<String, Padding> paddings =
        Map.of(
            "pad", Padding.standard(),
            "pad batch first", Padding.standard().batchFirst().value(-1.5),
            "pad left", Padding.standard().batchFirst().value(2).left());
    paddings.forEach(
        (name, padding) ->
            GOLDEN.check(name, in -> new Tensor[] {Rnn.padSequence(List.of(in), padding)}));
    GOLDEN.check(
        "unpack",
        in ->
            Rnn.unpackSequence(Rnn.packSequence(List.of(in), Packing.Order.ANY))
                .toArray(new Tensor[0]));
  }
}
