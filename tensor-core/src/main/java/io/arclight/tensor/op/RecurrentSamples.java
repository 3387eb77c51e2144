package io.arclight.tensor.op;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.ScanOp.Direction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Samples of recurrent layers. */
final class RecurrentSamples {
  private static final String ONE_WAY = "PyTorch runs both directions, or from the first step only";

  private RecurrentSamples() {}

  static List<OpInfo> infos() {
    return List.of(
        info(RecurrentCell.RNN_TANH, "rnn_tanh"),
        info(RecurrentCell.RNN_RELU, "rnn_relu"),
        lstm(),
        info(RecurrentCell.GRU, "gru"));
  }

  private static RecurrentOp op(RecurrentCell cell, Direction direction, long... batchSizes) {
    return new RecurrentOp(cell, direction, Arrays.stream(batchSizes).boxed().toList());
  }

  private static List<Sample> samples(RecurrentCell cell, String name, SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    Tensor x = in.any(3, 2, 4);
    out.add(sample(name, op(cell, Direction.FORWARD), x, states(in, cell, 2, 5), biased(in, cell)));
    out.add(sample(name, op(cell, Direction.REVERSE), x, states(in, cell, 2, 5), biased(in, cell)));
    out.add(
        sample(
            name,
            op(cell, Direction.FORWARD),
            in.any(1, 3, 2),
            states(in, cell, 3, 2),
            List.of(gates(in, cell, 2, 2), gates(in, cell, 2, 2))));
    Tensor rows = in.any(3, 4);
    long n = rows.dim(0);
    if (n > 0) {
      long half = (n + 1) / 2;
      Tensor data = Tensor.cat(0, rows, rows.neg(), rows.narrow(0, 0, half));
      for (Direction direction : Direction.values()) {
        out.add(
            sample(
                name,
                op(cell, direction, n, n, half),
                data,
                states(in, cell, 3, 2),
                List.of(gates(in, cell, 2, 4), gates(in, cell, 2, 2))));
      }
    }
    return out;
  }

  private static Sample sample(
      String name, RecurrentOp op, Tensor x, List<Tensor> states, List<Tensor> weights) {
    List<Tensor> all = new ArrayList<>(List.of(x));
    all.addAll(states);
    all.addAll(weights);
    Sample sample = Sample.of(op, all.toArray(new Tensor[0]));
    if (op.direction() == Direction.REVERSE) {
      return sample.withoutPeer(ONE_WAY);
    }
    if (op.cell().hasCell() && all.stream().anyMatch(t -> t.elements() == 0)) {
      return sample.withoutPeer("libtorch's LSTM divides by sizes: the process would end");
    }
    if (weights.size() % 2 == 1 && states.get(0).dim(1) == states.get(1).dim(1)) {
      return sample.withoutPeer("PyTorch tells a projection by its size, less than the hidden one");
    }
    int first = 1 + states.size();
    List<String> names = new ArrayList<>();
    for (int i = first; i < all.size(); i++) {
      names.add("x" + i);
    }
    String sizes = op.packed() ? "torch.tensor(" + Arrays.toString(op.sizes(x)) + "), " : "";
    return sample.peer(
        (states.size() == 2 ? "y, h, c" : "y, h")
            + " = torch."
            + name
            + "(x0, "
            + sizes
            + (states.size() == 2 ? "[x1.unsqueeze(0), x2.unsqueeze(0)], " : "x1.unsqueeze(0), ")
            + names
            + ", "
            + (weights.size() > 3 ? "True" : "False")
            + ", 1, 0.0, False, False"
            + (op.packed() ? ")" : ", False)")
            + "; y, h.squeeze(0)"
            + (states.size() == 2 ? ", c.squeeze(0)" : ""));
  }

  /** Few enough numbers for second derivatives, of gates that differ. */
  private static Sample fewNumbers(RecurrentCell cell, String name, SampleInputs in) {
    Tensor h = in.exactly(1, 1);
    long g = cell.gates();
    Tensor weight = in.exactly(g, 1);
    Tensor bias = in.exactly(g);
    return sample(
        name,
        op(cell, Direction.FORWARD),
        in.exactly(2, 1, 1),
        cell.hasCell() ? List.of(h, h.mul(0.5)) : List.of(h),
        List.of(weight, weight.mul(0.5), bias, bias.mul(0.5)));
  }

  private static List<Tensor> states(SampleInputs in, RecurrentCell cell, long batch, long hidden) {
    Tensor h = small(in, batch, hidden);
    return cell.hasCell() ? List.of(h, small(in, batch, hidden)) : List.of(h);
  }

  private static List<Tensor> biased(SampleInputs in, RecurrentCell cell) {
    return List.of(
        gates(in, cell, 5, 4), gates(in, cell, 5, 5), gates(in, cell, 5), gates(in, cell, 5));
  }

  private static Tensor small(SampleInputs in, long... shape) {
    return in.range(-0.8, 0.8, shape);
  }

  /** Of all gates, one after the other, so that sizes fit whatever stands for the hidden size. */
  private static Tensor gates(SampleInputs in, RecurrentCell cell, long... shape) {
    Tensor one = small(in, shape);
    return Tensor.cat(0, Collections.nCopies(cell.gates(), one).toArray(new Tensor[0]));
  }

  private static OpInfo info(RecurrentCell cell, String name) {
    long g = cell.gates();
    return new OpInfo(
        name,
        DTypes.FLOATS,
        in -> {
          List<Sample> all = samples(cell, name, in);
          all.add(fewNumbers(cell, name, in));
          return all;
        },
        in ->
            List.of(
                ErrorSample.of(
                    op(cell, Direction.FORWARD),
                    ShapeException.class,
                    "weight_ih must be [" + g * 5 + ", 4], not [" + g * 5 + ", 3]",
                    in.any(3, 2, 4),
                    in.any(2, 5),
                    in.any(g * 5, 3),
                    in.any(g * 5, 5)),
                ErrorSample.of(
                    op(cell, Direction.FORWARD),
                    ShapeException.class,
                    "the hidden state must be [2, 5], not [3, 5]",
                    in.any(3, 2, 4),
                    in.any(3, 5),
                    in.any(g * 5, 4),
                    in.any(g * 5, 5)),
                ErrorSample.of(
                    op(cell, Direction.FORWARD),
                    ShapeException.class,
                    "of at least one step, got shape [0, 2, 4]",
                    in.any(0, 2, 4),
                    in.any(2, 5),
                    in.any(g * 5, 4),
                    in.any(g * 5, 5)),
                ErrorSample.of(
                    op(cell, Direction.FORWARD, 1, 2),
                    ShapeException.class,
                    "must be positive and never grow",
                    in.any(3, 4),
                    in.any(1, 5),
                    in.any(g * 5, 4),
                    in.any(g * 5, 5)),
                ErrorSample.of(
                    op(cell, Direction.FORWARD, 2, 1),
                    ShapeException.class,
                    "are of 3 rows, not 4",
                    in.any(4, 4),
                    in.any(2, 5),
                    in.any(g * 5, 4),
                    in.any(g * 5, 5)),
                ErrorSample.of(
                    op(cell, Direction.FORWARD),
                    DTypeException.class,
                    "states and weights must be, not",
                    in.any(3, 2, 4),
                    in.other().any(2, 5),
                    in.any(g * 5, 4),
                    in.any(g * 5, 5))));
  }

  private static OpInfo lstm() {
    RecurrentCell cell = RecurrentCell.LSTM;
    RecurrentOp forward = op(cell, Direction.FORWARD);
    return new OpInfo(
        "lstm",
        DTypes.FLOATS,
        in -> {
          List<Sample> all = samples(cell, "lstm", in);
          all.add(fewNumbers(cell, "lstm", in));
          List<Tensor> smallStates = List.of(in.exactly(1, 1), in.exactly(1, 1).mul(0.5));
          Tensor fromInput = in.exactly(4, 1);
          Tensor fromHidden = in.exactly(4, 1).mul(0.5);
          Tensor narrow = in.exactly(1, 1);
          all.add(
              sample(
                  "lstm",
                  forward,
                  in.exactly(2, 1, 1),
                  smallStates,
                  List.of(fromInput, fromHidden, narrow)));
          all.add(
              sample(
                  "lstm",
                  forward,
                  in.exactly(2, 1, 1),
                  smallStates,
                  List.of(fromInput, fromHidden, in.exactly(4), in.exactly(4).mul(0.5), narrow)));
          List<Tensor> states = List.of(small(in, 2, 3), small(in, 2, 5));
          Tensor input = gates(in, cell, 5, 4);
          Tensor hidden = gates(in, cell, 5, 3);
          Tensor projection = small(in, 3, 5);
          all.add(
              sample("lstm", forward, in.any(3, 2, 4), states, List.of(input, hidden, projection)));
          all.add(
              sample(
                  "lstm",
                  op(cell, Direction.REVERSE),
                  in.any(3, 2, 4),
                  states,
                  List.of(input, hidden, gates(in, cell, 5), gates(in, cell, 5), projection)));
          return all;
        },
        in ->
            List.of(
                ErrorSample.of(
                    forward,
                    ShapeException.class,
                    "the cell state must be [2, 5], not [2, 4]",
                    in.any(3, 2, 4),
                    in.any(2, 5),
                    in.any(2, 4),
                    in.any(20, 4),
                    in.any(20, 5)),
                ErrorSample.of(
                    forward,
                    ShapeException.class,
                    "weight_hr must be [2, 5], not [2, 6]",
                    in.any(3, 2, 4),
                    in.any(2, 2),
                    in.any(2, 5),
                    in.any(20, 4),
                    in.any(20, 2),
                    in.any(2, 6)),
                ErrorSample.of(
                    forward, ShapeException.class, "takes 5 to 8 inputs", in.any(3, 2, 4))));
  }
}
