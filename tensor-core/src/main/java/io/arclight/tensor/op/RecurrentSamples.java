package io.arclight.tensor.op;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.ScanOp.Direction;
import java.util.List;

/** Samples of recurrent layers. */
final class RecurrentSamples {
  private static final String NO_DIRECTION = "PyTorch runs both directions, or the first";

  private RecurrentSamples() {}

  static List<OpInfo> infos() {
    return List.of(
        info(RecurrentCell.RNN_TANH, "rnn_tanh"),
        info(RecurrentCell.RNN_RELU, "rnn_relu"),
        lstm(),
        info(RecurrentCell.GRU, "gru"));
  }

  private static RecurrentOp op(RecurrentCell cell, Direction direction, long... batchSizes) {
    return new RecurrentOp(cell, direction, Shape.of(batchSizes));
  }

  private static OpInfo info(RecurrentCell cell, String name) {
    int g = cell.gates();
    String all =
        "torch." + name + "(x0, x1.unsqueeze(0), [x2, x3%s, False, 1, 0.0, False, False, False)";
    String packed =
        "torch."
            + name
            + "(x0, torch.tensor([3, 2, 2]), x1.unsqueeze(0), [x2, x3], False, 1, 0.0,"
            + " False, False)";
    return new OpInfo(
        name,
        DTypes.FLOATS,
        in ->
            List.of(
                Sample.of(
                        op(cell, Direction.FORWARD),
                        in.any(3, 2, 4),
                        small(in, 2, 5),
                        small(in, g * 5, 4),
                        small(in, g * 5, 5),
                        small(in, g * 5),
                        small(in, g * 5))
                    .peer(all.replace("%s", ", x4, x5], True")),
                Sample.of(
                        op(cell, Direction.FORWARD),
                        in.any(1, 3, 2),
                        small(in, 3, 2),
                        small(in, g * 2, 2),
                        small(in, g * 2, 2))
                    .peer(all.replace("%s", "], False")),
                Sample.of(
                        op(cell, Direction.REVERSE),
                        in.any(3, 2, 4),
                        small(in, 2, 5),
                        small(in, g * 5, 4),
                        small(in, g * 5, 5),
                        small(in, g * 5),
                        small(in, g * 5))
                    .withoutPeer(NO_DIRECTION),
                Sample.of(
                        op(cell, Direction.FORWARD, 3, 2, 2),
                        in.any(7, 4),
                        small(in, 3, 2),
                        small(in, g * 2, 4),
                        small(in, g * 2, 2))
                    .peer(packed),
                Sample.of(
                        op(cell, Direction.REVERSE, 3, 1),
                        in.any(4, 2),
                        small(in, 3, 2),
                        small(in, g * 2, 2),
                        small(in, g * 2, 2))
                    .withoutPeer(NO_DIRECTION)),
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

  private static Tensor small(SampleInputs in, long... shape) {
    return in.range(-0.8, 0.8, shape);
  }

  private static OpInfo lstm() {
    String states = "[x1.unsqueeze(0), x2.unsqueeze(0)]";
    String all = "torch.lstm(x0, " + states + ", [x3, x4%s, False, 1, 0.0, False, False, False)";
    RecurrentOp forward = op(RecurrentCell.LSTM, Direction.FORWARD);
    RecurrentOp packed = op(RecurrentCell.LSTM, Direction.FORWARD, 3, 2, 2);
    return new OpInfo(
        "lstm",
        DTypes.FLOATS,
        in ->
            List.of(
                Sample.of(
                        forward,
                        in.any(3, 2, 4),
                        small(in, 2, 5),
                        small(in, 2, 5),
                        small(in, 20, 4),
                        small(in, 20, 5),
                        small(in, 20),
                        small(in, 20))
                    .peer(all.replace("%s", ", x5, x6], True")),
                Sample.of(
                        forward,
                        in.any(1, 3, 2),
                        small(in, 3, 2),
                        small(in, 3, 2),
                        small(in, 8, 2),
                        small(in, 8, 2))
                    .peer(all.replace("%s", "], False")),
                Sample.of(
                        forward,
                        in.any(3, 2, 4),
                        small(in, 2, 2),
                        small(in, 2, 5),
                        small(in, 20, 4),
                        small(in, 20, 2),
                        small(in, 2, 5))
                    .peer(all.replace("%s", ", x5], False")),
                Sample.of(
                        op(RecurrentCell.LSTM, Direction.REVERSE),
                        in.any(3, 2, 4),
                        small(in, 2, 2),
                        small(in, 2, 5),
                        small(in, 20, 4),
                        small(in, 20, 2),
                        small(in, 20),
                        small(in, 20),
                        small(in, 2, 5))
                    .withoutPeer(NO_DIRECTION),
                Sample.of(
                        packed,
                        in.any(7, 4),
                        small(in, 3, 2),
                        small(in, 3, 2),
                        small(in, 8, 4),
                        small(in, 8, 2))
                    .peer(
                        "torch.lstm(x0, torch.tensor([3, 2, 2]), "
                            + states
                            + ", [x3, x4], False, 1, 0.0, False, False)"),
                Sample.of(
                        op(RecurrentCell.LSTM, Direction.REVERSE, 3, 1),
                        in.any(4, 2),
                        small(in, 3, 2),
                        small(in, 3, 2),
                        small(in, 8, 2),
                        small(in, 8, 2))
                    .withoutPeer(NO_DIRECTION)),
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
