package io.arclight.nn;

import io.arclight.nn.utils.PackedSequence;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.RecurrentCell;
import io.arclight.tensor.op.RecurrentOp;
import io.arclight.tensor.op.ScanOp.Direction;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link RNN}, {@link LSTM} and {@link GRU} share: layers on layers, each over all steps.
 *
 * <p>Inputs are [steps, batch, inputSize], [batch, steps, inputSize] after {@link #batchFirst()},
 * or [steps, inputSize] for one sequence; outputs have {@code outputSize} times the number of
 * directions in the place of inputSize. States are [layers * directions, batch, size], for one
 * sequence [layers * directions, size], the directions of a layer side by side.
 *
 * @param <S> the state: a tensor, or two for LSTM
 * @param <R> the layer itself
 */
public abstract class RNNBase<S, R extends RNNBase<S, R>> extends Module {
  /**
   * What a recurrent layer gives.
   *
   * @param output the last layer's hidden states at all steps
   * @param state all layers' states after their last step
   */
  public record Output<S>(Tensor output, S state) {}

  /** As {@link Output}, of packed sequences. */
  public record PackedOutput<S>(PackedSequence output, S state) {}

  /** Which dimension of a batch of sequences comes first. */
  private enum First {
    STEPS,
    BATCH
  }

  /** Whether layers go from the first step to the last only. */
  private enum Directions {
    ONE,
    BOTH
  }

  private final RecurrentCell cell;
  private final long inputSize;
  private final long hiddenSize;
  private long projSize;
  private int layers = 1;
  private Directions directions = Directions.ONE;
  private First first = First.STEPS;
  private boolean biased = true;
  private double dropout;
  private final List<String> names = new ArrayList<>();

  RNNBase(RecurrentCell cell, long inputSize, long hiddenSize) {
    if (inputSize < 0 || hiddenSize < 1) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + ": inputSize "
              + inputSize
              + " must not be negative and hiddenSize "
              + hiddenSize
              + " must be positive");
    }
    this.cell = cell;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    renew();
  }

  // ---- options

  /** Stacks {@code count} layers, each over the outputs of the one before. */
  public final R layers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + ": the number of layers must be positive, not " + count);
    }
    layers = count;
    return renew();
  }

  /** Adds to every layer one that goes from the last step to the first. */
  public final R bidirectional() {
    directions = Directions.BOTH;
    return renew();
  }

  /** Without biases. */
  public final R noBias() {
    biased = false;
    return renew();
  }

  /** Takes and gives batches as [batch, steps, size]; states stay as they are. */
  public final R batchFirst() {
    first = First.BATCH;
    return self();
  }

  /** While training, zeroes outputs of all layers but the last with probability {@code p}. */
  public final R dropout(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + ": dropout must be from 0 to 1, not " + p);
    }
    dropout = p;
    return self();
  }

  final R project(long size) {
    projSize = size;
    return renew();
  }

  @SuppressWarnings("unchecked")
  private R self() {
    return (R) this;
  }

  /** Draws all parameters anew, uniform on ±1/sqrt(hiddenSize), from the standard generator. */
  private R renew() {
    for (String name : names) {
      Tensor old = ownParameters().get(name);
      unregister(name);
      old.close();
    }
    names.clear();
    for (int layer = 0; layer < layers; layer++) {
      for (int d = 0; d < directions(); d++) {
        String suffix = suffix(layer, d);
        long wide = cell.gates() * hiddenSize;
        add("weight_ih" + suffix, wide, layer == 0 ? inputSize : outputSize() * directions());
        add("weight_hh" + suffix, wide, outputSize());
        if (biased) {
          add("bias_ih" + suffix, wide);
          add("bias_hh" + suffix, wide);
        }
        if (projSize > 0) {
          add("weight_hr" + suffix, projSize, hiddenSize);
        }
      }
    }
    return self();
  }

  private void add(String name, long... shape) {
    double bound = 1 / Math.sqrt(hiddenSize);
    register(name, Init.uniform(Shape.of(shape), -bound, bound));
    names.add(name);
  }

  private static String suffix(int layer, int direction) {
    return "_l" + layer + (direction == 0 ? "" : "_reverse");
  }

  private int directions() {
    return directions == Directions.BOTH ? 2 : 1;
  }

  final long hiddenSize() {
    return hiddenSize;
  }

  private long outputSize() {
    return projSize > 0 ? projSize : hiddenSize;
  }

  // ---- states

  /** The tensors of a state: hidden, and cell where there is one. */
  abstract Tensor[] split(S state);

  abstract S join(Tensor... parts);

  // ---- calls

  /** From states of zeros. */
  public final Output<S> call(Tensor input) {
    return within(in -> forward(in[0], null), input);
  }

  /**
   * From {@code state}.
   *
   * @throws ShapeException if the features or the state do not fit
   */
  public final Output<S> call(Tensor input, S state) {
    return within(in -> forward(in[0], state), input);
  }

  /** From states of zeros. */
  public final PackedOutput<S> call(PackedSequence input) {
    return within(() -> forward(input, null));
  }

  /** From {@code state}, whose batch is in the order of the sequences before they were packed. */
  public final PackedOutput<S> call(PackedSequence input, S state) {
    return within(() -> forward(input, state));
  }

  /** What {@link #call(Tensor, Object)} runs; a null state is zeros. */
  public Output<S> forward(Tensor input, S state) {
    if (input.rank() != 2 && input.rank() != 3) {
      throw new ShapeException(
          label()
              + ": expects a batch of sequences (rank 3) or one (rank 2), got "
              + input.shape());
    }
    requireFeatures(input);
    boolean single = input.rank() == 2;
    boolean turned = !single && first == First.BATCH;
    Tensor x = single ? input.unsqueeze(1) : turned ? input.transpose(0, 1) : input;
    Tensor[] given = state == null ? null : split(state);
    for (int i = 0; given != null && i < given.length; i++) {
      requireRank(given[i], single ? 2 : 3, input);
      given[i] = single ? given[i].unsqueeze(1) : given[i];
    }
    Tensor[] out = run(x, List.of(), x.dim(1), given);
    for (int i = 1; i < out.length && single; i++) {
      out[i] = out[i].squeeze(1);
    }
    Tensor y = single ? out[0].squeeze(1) : turned ? out[0].transpose(0, 1) : out[0];
    return new Output<>(y, join(states(out)));
  }

  /** What {@link #call(PackedSequence, Object)} runs; a null state is zeros. */
  public PackedOutput<S> forward(PackedSequence input, S state) {
    requireFeatures(input.data());
    Tensor[] given = state == null ? null : split(state);
    for (int i = 0; given != null && i < given.length; i++) {
      requireRank(given[i], 3, input.data());
      given[i] = permuted(given[i], input.sortedIndices());
    }
    List<Long> sizes = input.batchSizes();
    Tensor[] out = run(input.data(), sizes, sizes.get(0), given);
    for (int i = 1; i < out.length; i++) {
      out[i] = permuted(out[i], input.unsortedIndices());
    }
    return new PackedOutput<>(input.withData(out[0]), join(states(out)));
  }

  private static Tensor permuted(Tensor state, Tensor indices) {
    return indices == null ? state : state.indexSelect(1, indices);
  }

  private Tensor[] states(Tensor[] out) {
    return java.util.Arrays.copyOfRange(out, 1, out.length);
  }

  /** Output, hidden states, cell states. */
  private Tensor[] run(Tensor x, List<Long> batchSizes, long batch, Tensor[] given) {
    int parts = cell.hasCell() ? 2 : 1;
    Tensor[] first = given == null ? zeros(x, batch) : given;
    requireStates(first, batch);
    List<List<Tensor>> last = List.of(new ArrayList<>(), new ArrayList<>());
    Tensor in = x;
    for (int layer = 0; layer < layers; layer++) {
      Tensor[] outputs = new Tensor[directions()];
      for (int d = 0; d < outputs.length; d++) {
        int at = layer * directions() + d;
        Direction direction = d == 0 ? Direction.FORWARD : Direction.REVERSE;
        Tensor[] out =
            Tensor.applyAll(
                new RecurrentOp(cell, direction, batchSizes), inputs(in, first, at, layer, d));
        outputs[d] = out[0];
        for (int i = 0; i < parts; i++) {
          last.get(i).add(out[1 + i]);
        }
      }
      in = outputs.length == 1 ? outputs[0] : Tensor.cat(-1, outputs);
      if (isTraining() && dropout > 0 && layer < layers - 1) {
        in = Functional.dropout(in, dropout);
      }
    }
    Tensor[] out = new Tensor[1 + parts];
    out[0] = in;
    for (int i = 0; i < parts; i++) {
      List<Tensor> all = last.get(i);
      out[1 + i] =
          all.size() == 1 ? all.get(0).unsqueeze(0) : Tensor.stack(0, all.toArray(new Tensor[0]));
    }
    return out;
  }

  private Tensor[] inputs(Tensor in, Tensor[] first, int at, int layer, int direction) {
    List<Tensor> inputs = new ArrayList<>(List.of(in));
    for (Tensor state : first) {
      inputs.add(state.select(0, at));
    }
    for (String name : List.of("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")) {
      Tensor parameter = Derived.parameter(this, name + suffix(layer, direction));
      if (parameter != null) {
        inputs.add(parameter);
      }
    }
    return inputs.toArray(new Tensor[0]);
  }

  private Tensor[] zeros(Tensor x, long batch) {
    long count = (long) layers * directions();
    Tensor hidden = Tensor.zeros(Shape.of(count, 1, outputSize()), x.dtype(), x.device());
    if (!cell.hasCell()) {
      return new Tensor[] {hidden.expand(count, batch, outputSize())};
    }
    Tensor memory = Tensor.zeros(Shape.of(count, 1, hiddenSize), x.dtype(), x.device());
    return new Tensor[] {
      hidden.expand(count, batch, outputSize()), memory.expand(count, batch, hiddenSize)
    };
  }

  private void requireFeatures(Tensor input) {
    if (input.dim(-1) != inputSize) {
      throw new ShapeException(
          label()
              + ": expects "
              + inputSize
              + " features in the last dimension, got "
              + input.dim(-1)
              + " in "
              + input.shape());
    }
  }

  private void requireRank(Tensor state, int rank, Tensor input) {
    if (state.rank() != rank) {
      throw new ShapeException(
          label()
              + ": a state for the input "
              + input.shape()
              + " must have rank "
              + rank
              + ", got "
              + state.shape());
    }
  }

  private void requireStates(Tensor[] states, long batch) {
    long count = (long) layers * directions();
    for (int i = 0; i < states.length; i++) {
      Shape expected = Shape.of(count, batch, i == 0 ? outputSize() : hiddenSize);
      if (!states[i].shape().equals(expected)) {
        throw new ShapeException(
            label()
                + ": the "
                + (i == 0 ? "hidden" : "cell")
                + " state must be "
                + expected
                + " ([layers * directions, batch, size]), not "
                + states[i].shape());
      }
    }
  }

  private String label() {
    return getClass().getSimpleName();
  }

  @Override
  protected String extra() {
    StringBuilder out = new StringBuilder(inputSize + ", " + hiddenSize);
    append(out, projSize > 0, "proj_size=" + projSize);
    append(out, layers > 1, "num_layers=" + layers);
    append(out, !biased, "bias=False");
    append(out, first == First.BATCH, "batch_first=True");
    append(out, dropout > 0, "dropout=" + dropout);
    append(out, directions == Directions.BOTH, "bidirectional=True");
    return out.toString();
  }

  private static void append(StringBuilder out, boolean shown, String option) {
    if (shown) {
      out.append(", ").append(option);
    }
  }
}
