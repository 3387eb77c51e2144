package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.EmbeddingBagOp.LastOffset;
import io.arclight.tensor.op.EmbeddingBagOp.Mode;
import io.arclight.tensor.op.EmbeddingOp.Frequency;
import java.util.ArrayList;
import java.util.List;

/** What {@link EmbeddingBagOp} is tested with. */
final class BagSamples {
  private BagSamples() {}

  static OpInfo info() {
    return new OpInfo("embedding_bag", FLOATS, BagSamples::samples, BagSamples::errors);
  }

  private static EmbeddingBagOp op(Mode mode, long paddingIdx) {
    return new EmbeddingBagOp(mode, paddingIdx, Frequency.SUM, LastOffset.IMPLIED);
  }

  private static List<Sample> samples(SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    for (Mode mode : Mode.values()) {
      // Two empty bags, one of them the last.
      out.add(
          peer(
              Sample.of(op(mode, -1), in.any(5, 3), in.indices(5, 6), in.places(0, 2, 2, 6)),
              "False, " + mode.ordinal() + ", False, None, False"));
      out.add(
          peer(
              Sample.of(op(mode, 2), in.any(5, 11), in.indices(5, 7), in.places(0, 3)),
              "False, " + mode.ordinal() + ", False, None, False, 2"));
      Sample square = Sample.of(op(mode, -1), in.any(5, 3), in.indices(5, 4, 2));
      String start = "torch.arange(0, x1.numel(), x1.size(1))";
      out.add(
          square.peer(
              "torch.embedding_bag(x0, x1.reshape([-1]), "
                  + start
                  + ", False, "
                  + mode.ordinal()
                  + ")[0]"));
    }
    // Of a maximum the first of equal rows, and none that is padded.
    for (Tensor table : List.of(in.exactly(5, 3), in.exactly(5, 3).sign())) {
      out.add(
          peer(
                  Sample.of(
                      op(Mode.MAX, 2), table, in.places(0, 3, 2, 1, 2, 4, 3), in.places(0, 4)),
                  "False, 2, False, None, False, 2")
              .valuesOnly());
    }
    EmbeddingBagOp included = new EmbeddingBagOp(Mode.MEAN, -1, Frequency.SUM, LastOffset.INCLUDED);
    // PyTorch takes the last offset for the end of the indices.
    out.add(
        Sample.of(included, in.any(5, 3), in.indices(5, 6), in.places(0, 2, 6))
            .peer("torch.embedding_bag(x0, x1[:int(x2[-1])], x2, False, 1, False, None, True)[0]"));
    out.add(
        peer(
            Sample.of(op(Mode.SUM, -1), in.any(5, 3), in.indices(5, 6), in.places(0, 2), in.any(6)),
            "False, 0, False, x3, False"));
    out.add(
        Sample.of(op(Mode.SUM, 1), in.any(5, 3), in.indices(5, 4, 2), in.any(4, 2))
            .peer(
                "torch.embedding_bag(x0, x1.reshape([-1]), torch.arange(0, x1.numel(), x1.size(1)),"
                    + " False, 0, False, x2.reshape([-1]), False, 1)[0]"));
    return out;
  }

  private static Sample peer(Sample sample, String options) {
    return sample.peer("torch.embedding_bag(x0, x1, x2, " + options + ")[0]");
  }

  private static List<ErrorSample> errors(SampleInputs in) {
    EmbeddingBagOp sum = op(Mode.SUM, -1);
    return List.of(
        ErrorSample.composedAll(
            x -> Tensor.applyAll(sum, x),
            DataException.class,
            "embeddingBag: index 5 is out of range",
            in.any(5, 3),
            in.index(5, 2, 2)),
        ErrorSample.composedAll(
            x -> Tensor.applyAll(sum, x),
            DataException.class,
            "offsets ascend from 0 to at most 4",
            in.any(5, 3),
            in.indices(5, 4),
            in.places(0, 3, 2)),
        ErrorSample.composedAll(
            x -> Tensor.applyAll(sum, x),
            DataException.class,
            "offsets ascend from 0",
            in.any(5, 3),
            in.indices(5, 4),
            in.places(1, 3)),
        ErrorSample.of(
            sum,
            ShapeException.class,
            "expects a table [n, d] and indices",
            in.any(5, 3),
            in.indices(5, 4)),
        ErrorSample.of(
            op(Mode.MAX, -1),
            ShapeException.class,
            "only sums take weights",
            in.any(5, 3),
            in.indices(5, 4, 2),
            in.any(4, 2)),
        ErrorSample.of(
            sum,
            ShapeException.class,
            "a weight for each index",
            in.any(5, 3),
            in.indices(5, 4, 2),
            in.any(4)),
        ErrorSample.of(
            sum,
            DTypeException.class,
            "weights must be %s as the table, not int64".formatted(in.any().dtype()),
            in.any(5, 3),
            in.indices(5, 4, 2),
            in.indices(5, 4, 2)),
        ErrorSample.of(
            new EmbeddingBagOp(Mode.SUM, -1, Frequency.SUM, LastOffset.INCLUDED),
            ShapeException.class,
            "needs at least the last offset",
            in.any(5, 3),
            in.indices(5, 4),
            in.indices(5, 0)),
        ErrorSample.of(
            op(Mode.SUM, 5),
            ShapeException.class,
            "the padding index 5 is beyond the 5 rows",
            in.any(5, 3),
            in.indices(5, 4, 2)));
  }
}
