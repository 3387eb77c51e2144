package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.Func;
import io.arclight.autograd.GradCheck;
import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.nn.utils.Packing;
import io.arclight.nn.utils.Padding;
import io.arclight.nn.utils.Rnn;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.RecurrentCell;
import io.arclight.tensor.op.RecurrentOp;
import io.arclight.tensor.op.ScanOp.Direction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RecurrentTest {
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
  void printsAsPyTorch() {
    assertThat(new LSTM(3, 5).layers(2).bidirectional().batchFirst().dropout(0.5).projSize(2))
        .hasToString(
            "LSTM(3, 5, proj_size=2, num_layers=2, batch_first=True, dropout=0.5,"
                + " bidirectional=True)");
    assertThat(new GRU(3, 5).noBias()).hasToString("GRU(3, 5, bias=False)");
    assertThat(new RNN(3, 5, RNN.Nonlinearity.RELU)).hasToString("RNN(3, 5)");
    assertThat(new LSTMCell(3, 5)).hasToString("LSTMCell(3, 5)");
    assertThat(new RNNCell(3, 5, RNN.Nonlinearity.RELU).noBias())
        .hasToString("RNNCell(3, 5, bias=False, nonlinearity=relu)");
  }

  /** Enough sequences for two pieces, enough steps for several spans; lengths that differ too. */
  @Test
  void withoutGradientsTheSameBitsComeOfLessMemory() {
    Tensor x = Tensor.randn(Shape.of(70, 64, 3));
    long[] lengths = new long[64];
    Arrays.setAll(lengths, i -> 70 - i / 7);
    var packed = Rnn.packPaddedSequence(x, lengths);
    for (RNNBase<?, ?> layer :
        List.of(
            new RNN(3, 5).bidirectional(),
            new GRU(3, 5).bidirectional().noBias(),
            new LSTM(3, 5).layers(2).bidirectional(),
            new LSTM(3, 5).projSize(2))) {
      List<Tensor> kept = new ArrayList<>(all(layer.call(x)));
      kept.addAll(all(layer.call(packed)));
      List<Tensor> free;
      try (Context.Restore mode = Autograd.noGrad()) {
        free = new ArrayList<>(all(layer.call(x)));
        free.addAll(all(layer.call(packed)));
      }
      for (int i = 0; i < kept.size(); i++) {
        assertThat(free.get(i).toFloats())
            .as("%s, result %d", layer, i)
            .containsExactly(kept.get(i).detach().toFloats());
      }
    }
    RecurrentOp op = new RecurrentOp(RecurrentCell.LSTM, Direction.FORWARD, List.of());
    Tensor state = Tensor.zeros(Shape.of(64, 5));
    Tensor[] in = {x, state, state, Tensor.ones(Shape.of(20, 3)), Tensor.ones(Shape.of(20, 5))};
    assertThat(Tensor.applyAll(op, in)).hasSize(5);
    try (Context.Restore mode = Autograd.noGrad()) {
      assertThat(Tensor.applyAll(op, in)).hasSize(3);
    }
  }

  private static List<Tensor> all(RNNBase.Output<?> out) {
    return with(out.output(), out.state());
  }

  private static List<Tensor> all(RNNBase.PackedOutput<?> out) {
    return with(out.output().data(), out.state());
  }

  private static List<Tensor> with(Tensor output, Object state) {
    return state instanceof LSTM.State s
        ? List.of(output, s.hidden(), s.cell())
        : List.of(output, (Tensor) state);
  }

  @Test
  void parametersAreNamedAsPyTorchs() {
    assertThat(new LSTM(3, 5).bidirectional().projSize(2).stateDict().keySet())
        .containsExactly(
            "weight_ih_l0",
            "weight_hh_l0",
            "bias_ih_l0",
            "bias_hh_l0",
            "weight_hr_l0",
            "weight_ih_l0_reverse",
            "weight_hh_l0_reverse",
            "bias_ih_l0_reverse",
            "bias_hh_l0_reverse",
            "weight_hr_l0_reverse");
    for (Tensor p : new GRU(3, 16).parameters()) {
      double largest = p.detach().abs().max().item();
      assertThat(largest).isBetween(0.2, 0.25);
    }
  }

  @Test
  void dropoutIsBetweenLayersWhileTraining() {
    RNN rnn = new RNN(3, 4).layers(2).dropout(1);
    Tensor x = Tensor.randn(Shape.of(2, 2, 3));
    Tensor[] outputs = new Tensor[2];
    outputs[0] = rnn.call(x).output();
    rnn.eval();
    outputs[1] = rnn.call(x).output();
    assertThat(outputs[0].toFloats()).isNotEqualTo(outputs[1].toFloats());
    // With all of the first layer's outputs gone the second sees its biases and states only.
    assertThat(outputs[0].select(1, 0).toFloats())
        .containsExactly(outputs[1].zerosLike().add(outputs[0]).select(1, 1).toFloats());
  }

  @Test
  void whatDoesNotFit() {
    LSTM lstm = new LSTM(3, 5).layers(2);
    Tensor x = Tensor.zeros(Shape.of(4, 2, 3));
    Tensor good = Tensor.zeros(Shape.of(2, 2, 5));
    assertThatThrownBy(() -> lstm.call(Tensor.zeros(Shape.of(4, 2, 6))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("LSTM: expects 3 features in the last dimension, got 6");
    assertThatThrownBy(() -> lstm.call(Tensor.zeros(Shape.of(3))))
        .hasMessageContaining("a batch of sequences (rank 3) or one (rank 2), got [3]");
    assertThatThrownBy(() -> lstm.call(x, new LSTM.State(good, Tensor.zeros(Shape.of(2, 3, 5)))))
        .hasMessageContaining("the cell state must be [2, 2, 5]")
        .hasMessageContaining("not [2, 3, 5]");
    assertThatThrownBy(() -> lstm.call(x, new LSTM.State(good.select(0, 0), good)))
        .hasMessageContaining("must have rank 3, got [2, 5]");
    assertThatThrownBy(() -> lstm.call(x.to(DType.FLOAT64)))
        .hasMessageContaining("states and weights must be");
    assertThatThrownBy(() -> new GRU(3, 4).call(x, Tensor.zeros(Shape.of(1, 2, 5))))
        .hasMessageContaining("GRU: the hidden state must be [1, 2, 4]");
    assertThatThrownBy(() -> new GRU(3, 0)).hasMessageContaining("hiddenSize 0 must be positive");
    assertThatThrownBy(() -> new LSTM(3, 4).projSize(4))
        .hasMessageContaining("less than hiddenSize 4, not 4");
    assertThatThrownBy(() -> new RNN(3, 4).dropout(1.5)).hasMessageContaining("from 0 to 1");
    assertThatThrownBy(() -> new GRUCell(3, 4).call(Tensor.zeros(Shape.of(2, 4))))
        .hasMessageContaining("GRUCell: expects [batch, 3] or [3], got [2, 4]");
    assertThatThrownBy(() -> new GRUCell(3, 4).call(x.select(0, 0), Tensor.zeros(Shape.of(4))))
        .hasMessageContaining("must be [2, 4], not [4]");
  }

  @Test
  void sequencesThatDoNotFit() {
    Tensor x = Tensor.zeros(Shape.of(4, 3, 2));
    assertThatThrownBy(() -> Rnn.packPaddedSequence(x, 2, 4, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lengths [2, 4, 1] must not grow: sort the batch");
    assertThatThrownBy(() -> Rnn.packPaddedSequence(x, 4, 2, 0))
        .hasMessageContaining("length 0 of sequence 2 must be from 1 to 4");
    assertThatThrownBy(() -> Rnn.packPaddedSequence(x, 5, 2, 1))
        .hasMessageContaining("length 5 of sequence 0");
    assertThatThrownBy(() -> Rnn.packPaddedSequence(x, 4, 2))
        .hasMessageContaining("2 lengths for a batch of 3");
    assertThatThrownBy(
            () ->
                Rnn.padPackedSequence(
                    Rnn.packPaddedSequence(x, 3, 2, 1), Padding.standard().totalLength(2)))
        .hasMessageContaining("the total length 2 is less than the longest sequence's, 3");
    assertThatThrownBy(() -> Rnn.padSequence(List.of(x, Tensor.zeros(Shape.of(4, 2, 2)))))
        .hasMessageContaining("may differ in their first dimension only");
    assertThatThrownBy(() -> Rnn.padSequence(List.of())).hasMessageContaining("no sequences");
  }

  @Test
  void gradientsOfBothBiasesAreTensorsOfTheirOwn() {
    LSTM lstm = new LSTM(2, 3);
    lstm.call(Tensor.randn(Shape.of(3, 2, 2))).output().sum().backward();
    Tensor input = lstm.parameter("bias_ih_l0").grad();
    Tensor hidden = lstm.parameter("bias_hh_l0").grad();
    assertThat(input.toFloats()).containsExactly(hidden.toFloats());
    assertThat(input.storage()).isNotSameAs(hidden.storage());
  }

  @Test
  void emptyBatches() {
    LSTM lstm = new LSTM(3, 5).bidirectional();
    RNNBase.Output<LSTM.State> out = lstm.call(Tensor.zeros(Shape.of(4, 0, 3)));
    assertThat(out.output().shape().toArray()).containsExactly(4, 0, 10);
    assertThat(out.state().cell().shape().toArray()).containsExactly(2, 0, 5);
    out.output().sum().backward();
    assertThat(lstm.parameter("weight_hh_l0").grad().abs().sum().item()).isZero();
  }

  /** Long enough for weights to be packed: float32 against float64, which packs otherwise. */
  @Test
  void manySteps() {
    for (long[] sizes : new long[][] {{9, 3, 4, 6}, {8, 40, 20, 128}, {12, 16, 8, 144}}) {
      Tensor x = Tensor.randn(Shape.of(sizes[0], sizes[1], sizes[2]));
      for (RNNBase<?, ?> layer :
          List.of(
              new LSTM(sizes[2], sizes[3]),
              new GRU(sizes[2], sizes[3]).bidirectional(),
              new RNN(sizes[2], sizes[3]),
              new LSTM(sizes[2], sizes[3]).projSize(sizes[3] - 1))) {
        Tensor[] narrow = outputAndGradients(layer, x);
        layer.to(DType.FLOAT64);
        Tensor[] wide = outputAndGradients(layer, x.to(DType.FLOAT64));
        for (int i = 0; i < wide.length; i++) {
          double error = narrow[i].to(DType.FLOAT64).sub(wide[i]).abs().max().item();
          double largest = wide[i].abs().max().item();
          assertThat(error).as(layer + " " + i).isLessThan(2e-5 * Math.max(1, largest));
        }
      }
    }
  }

  private static Tensor[] outputAndGradients(RNNBase<?, ?> layer, Tensor x) {
    layer.zeroGrad();
    Tensor input = x.detach().requiresGrad(true);
    Tensor y = layer.call(input).output();
    y.square().mean().mul(100).backward();
    List<Tensor> all = new java.util.ArrayList<>(List.of(y.detach(), input.grad()));
    layer.parameters().forEach(p -> all.add(p.grad().copy()));
    return all.toArray(new Tensor[0]);
  }

  @Test
  void bitsDoNotDependOnThreads() {
    GRU gru = new GRU(8, 16);
    Tensor x = Tensor.randn(Shape.of(20, 100, 8));
    Tensor[][] results = new Tensor[2][];
    for (int i = 0; i < 2; i++) {
      Workers.threads(1 + 2 * i);
      results[i] = outputAndGradients(gru, x);
    }
    Workers.threads(0);
    for (int k = 0; k < results[0].length; k++) {
      assertThat(results[0][k].toFloats()).containsExactly(results[1][k].toFloats());
    }
  }

  /** Many sequences go through the steps in several spans, few in one. */
  @Test
  void sequencesTogetherAreAsEachAlone() {
    for (RNNBase<?, ?> layer :
        List.of(
            new RNN(3, 4).bidirectional(),
            new GRU(3, 4).bidirectional(),
            new LSTM(3, 4).bidirectional().projSize(2),
            new LSTM(3, 4).bidirectional())) {
      layer.to(DType.FLOAT64);
      Tensor x = Tensor.randn(Shape.of(19, 70, 3)).to(DType.FLOAT64);
      Tensor[] all = outputAndGradients(layer, x);
      Tensor[] sums = null;
      for (int i = 0; i < 7; i++) {
        Tensor[] part = outputAndGradients(layer, x.narrow(1, 10L * i, 10));
        assertClose(part[0], all[0].narrow(1, 10L * i, 10));
        // The mean's gradient is of a seventh as many elements.
        assertClose(part[1].div(7), all[1].narrow(1, 10L * i, 10));
        for (int k = 2; k < part.length; k++) {
          part[k] = part[k].detach().div(7);
          if (sums != null) {
            part[k] = part[k].add(sums[k]);
          }
        }
        sums = part;
      }
      for (int k = 2; k < all.length; k++) {
        assertClose(sums[k], all[k]);
      }
    }
  }

  @Test
  void gradientsOfGradients() {
    for (RNNBase<?, ?> layer :
        List.of(
            new RNN(2, 3).bidirectional(),
            new GRU(2, 3).layers(2),
            new LSTM(2, 3).bidirectional().projSize(2))) {
      layer.to(DType.FLOAT64);
      Tensor x = Tensor.randn(Shape.of(3, 2, 2)).to(DType.FLOAT64).requiresGrad(true);
      GradCheck.checkSecond(in -> layer.call(in[0]).output(), x);
    }
  }

  @Test
  void insideAVmap() {
    LSTM lstm = new LSTM(2, 3);
    Tensor x = Tensor.randn(Shape.of(4, 5, 2, 2));
    Tensor all = Func.vmap(in -> lstm.call(in[0]).output()).apply(x);
    Tensor gradients =
        Func.vmap(Func.grad(in -> lstm.call(in[0]).output().square().sum())).apply(x);
    for (int i = 0; i < 4; i++) {
      Tensor one = x.select(0, i).detach().requiresGrad(true);
      Tensor y = lstm.call(one).output();
      y.square().sum().backward();
      assertClose(all.select(0, i), y);
      assertClose(gradients.select(0, i), one.grad());
    }
  }

  private static void assertClose(Tensor actual, Tensor expected) {
    assertThat(actual.detach().sub(expected.detach()).abs().max().item()).isLessThan(1e-5);
  }

  @Test
  void asAProgramOfAnyBatchSize() throws IOException {
    LSTM lstm = new LSTM(3, 4).layers(2).bidirectional().batchFirst();
    GRU gru = new GRU(3, 4).batchFirst();
    class Both extends Layer {
      private final LSTM first = register("first", lstm);
      private final GRU second = register("second", gru);

      @Override
      public Tensor forward(Tensor x) {
        Tensor last = second.call(x).state().select(0, 0);
        return Tensor.cat(1, first.call(x).output().select(1, 4), last);
      }
    }

    Both both = new Both();
    try (Context.Restore mode = Autograd.noGrad()) {
      try (Program program = Program.trace(both, Signature.of("x", Shape.of(5, 3)))) {
        program.save(LocalBlobStore.at(folder));
      }
      try (Program program = Program.load(LocalBlobStore.at(folder))) {
        for (long batch : new long[] {1, 6, 40}) {
          Tensor x = Tensor.randn(Shape.of(batch, 5, 3));
          assertClose(program.run(Map.of("x", x)).get(Program.OUTPUT), both.call(x));
        }
      }
    }
  }

  @Test
  void packedStatesComeInTheOrderOfTheBatch() {
    GRU gru = new GRU(2, 3).batchFirst();
    Tensor x = Tensor.randn(Shape.of(3, 4, 2));
    long[] lengths = {2, 4, 3};
    Tensor state =
        gru.call(Rnn.packPaddedSequence(x, lengths, Packing.standard().batchFirst().unsorted()))
            .state();
    for (int i = 0; i < 3; i++) {
      Tensor alone = gru.call(x.select(0, i).narrow(0, 0, lengths[i])).state();
      assertClose(state.select(1, i), alone);
    }
  }
}
