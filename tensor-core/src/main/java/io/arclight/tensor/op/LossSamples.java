package io.arclight.tensor.op;

import static io.arclight.tensor.op.Sample.Difference.Aspect.GRADIENT;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** What {@link LossOp} is tested with: all losses among the rows of {@link Pointwise}. */
final class LossSamples {
  private static final EnumSet<Pointwise> LOSSES =
      EnumSet.range(Pointwise.SQUARED_ERROR, Pointwise.MARGIN_RANKING);

  private LossSamples() {}

  static OpInfo info() {
    return new OpInfo("loss", DTypes.FLOATS, LossSamples::samples, LossSamples::errors);
  }

  private static List<Sample> samples(SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    long[][] same = {{3, 37}, {3, 37}, {3, 37}, {3, 37}};
    long[][] mixed = {{4, 3, 5}, {4, 1, 5}, {5}, {3, 1}};
    long[][] few = {{2, 1, 3}, {2, 1, 3}, {3}, {2, 1, 1}};
    out.add(sample(Pointwise.MARGIN_RANKING, LossOp.Total.SUM, LossOp.Weight.EACH, in, few));
    for (Pointwise p : LOSSES) {
      if (p.row().corners != null) {
        out.add(corners(p, LossOp.Total.MEAN, LossOp.Weight.NONE, in));
        out.add(corners(p, LossOp.Total.SUM, LossOp.Weight.EACH, in));
      }
      out.add(sample(p, LossOp.Total.MEAN, LossOp.Weight.NONE, in, same));
      out.add(sample(p, LossOp.Total.SUM, LossOp.Weight.EACH, in, mixed));
    }
    long[][] none = {{0, 3}, {0, 3}, {3}};
    long[][] scalar = {{}, {}, {}};
    for (LossOp.Total total : LossOp.Total.values()) {
      out.add(sample(Pointwise.SQUARED_ERROR, total, LossOp.Weight.NONE, in, none));
      out.add(sample(Pointwise.SMOOTH_L1, total, LossOp.Weight.EACH, in, scalar));
      out.add(sample(Pointwise.SMOOTH_L1, total, LossOp.Weight.EACH, in, same));
    }
    return out;
  }

  private static Sample sample(
      Pointwise p, LossOp.Total total, LossOp.Weight weight, SampleInputs in, long[][] shapes) {
    List<Tensor> operands = new ArrayList<>();
    for (int i = 0; i < p.arity(); i++) {
      if (p.row().numbers[i] == null) {
        operands.add(p.row().domains[i].of(in, shapes[i]));
      }
    }
    if (weight == LossOp.Weight.EACH) {
      operands.add(in.any(shapes[shapes.length - 1]));
    }
    return sample(p, total, weight, operands);
  }

  /** Where the meaning or a slope jumps. */
  private static Sample corners(
      Pointwise p, LossOp.Total total, LossOp.Weight weight, SampleInputs in) {
    List<Tensor> operands = new ArrayList<>();
    for (double[] values : p.row().corners) {
      operands.add(Tensor.of(values).to(in.dtype()).to(in.device()));
    }
    if (weight == LossOp.Weight.EACH) {
      operands.add(in.exactly(p.row().corners[0].length));
    }
    Sample all = sample(p, total, weight, operands).valuesOnly();
    String why = PointwiseSamples.slopeAtCorners(p, in.dtype());
    return why == null ? all : all.differs(GRADIENT, why);
  }

  private static Sample sample(
      Pointwise p, LossOp.Total total, LossOp.Weight weight, List<Tensor> operands) {
    Row row = p.row();
    String peer = row.peer;
    int next = 0;
    for (int i = 0; i < p.arity(); i++) {
      boolean number = row.numbers[i] != null;
      peer = peer.replace("{" + i + "}", number ? row.numbers[i].toString() : "x" + next++);
    }
    int last = peer.lastIndexOf(';') + 1;
    String statements = peer.substring(0, last);
    peer = peer.substring(last).strip();
    if (weight == LossOp.Weight.EACH) {
      peer = "(" + peer + ") * x" + next;
    }
    peer = statements + "(" + peer + ")." + (total == LossOp.Total.MEAN ? "mean()" : "sum()");
    boolean plain = p.arity() == next;
    Op each = plain ? p : p.with(row.numbers);
    return Sample.of(new LossOp(each, total, weight), operands.toArray(new Tensor[0])).peer(peer);
  }

  private static List<ErrorSample> errors(SampleInputs in) {
    LossOp weighted = new LossOp(Pointwise.SQUARED_ERROR, LossOp.Total.MEAN, LossOp.Weight.EACH);
    LossOp compared = new LossOp(Pointwise.EQ, LossOp.Total.MEAN, LossOp.Weight.NONE);
    DType other = in.other().dtype();
    return List.of(
        ErrorSample.of(
            weighted,
            ShapeException.class,
            "a weight of shape [2] does not broadcast to the losses' [2, 3]",
            in.any(2, 3),
            in.any(2, 3),
            in.any(2)),
        ErrorSample.of(
            weighted,
            ShapeException.class,
            "a weight of shape [1, 2, 3] does not broadcast to the losses' [2, 3]",
            in.any(2, 3),
            in.any(2, 3),
            in.any(1, 2, 3)),
        ErrorSample.of(
            weighted,
            DTypeException.class,
            "as the losses, not " + other,
            in.any(2, 3),
            in.any(2, 3),
            in.other().any(3)),
        ErrorSample.of(
            compared,
            DTypeException.class,
            "losses are floating-point numbers, not bool",
            in.any(2, 3),
            in.any(2, 3)));
  }
}
