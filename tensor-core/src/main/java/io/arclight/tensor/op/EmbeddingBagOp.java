package io.arclight.tensor.op;

import io.arclight.tensor.Combine;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Rounding;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * Sums, means or maxima of bags of rows of a table [n, d], as [bags, d]. Inputs are the table; the
 * indices, [bags, length], or [total] with the offsets at which bags begin after them; and perhaps
 * a weight for each index. The second output is how many rows a bag has, [bags], or where a maximum
 * comes from, [bags, d].
 *
 * @param paddingIdx the row that is left out, or -1
 */
public record EmbeddingBagOp(
    Mode mode, long paddingIdx, EmbeddingOp.Frequency frequency, LastOffset lastOffset)
    implements Op {
  /** What a bag's rows become. */
  public enum Mode {
    SUM,
    MEAN,
    MAX
  }

  /** Where the last bag ends. */
  public enum LastOffset {
    /** At the last index. */
    IMPLIED,
    /** At the last offset, which begins no bag. */
    INCLUDED
  }

  @Override
  public String name() {
    return "EMBEDDING_BAG";
  }

  /** Indices in one dimension come with offsets. */
  private static boolean hasOffsets(int indexRank) {
    return indexRank == 1;
  }

  private static int weightsAt(int indexRank) {
    return hasOffsets(indexRank) ? 3 : 2;
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor table = in[0];
    Tensor index = in[1];
    Indexing.requireIndex("embeddingBag", index);
    boolean offsets = hasOffsets(index.rank());
    if (table.rank() != 2
        || index.rank() != 1 && index.rank() != 2
        || offsets && (in.length < 3 || in[2].rank() != 1)) {
      throw new ShapeException(
          "embeddingBag: expects a table [n, d] and indices [bags, length], or [total] with offsets"
              + " [bags], got "
              + table.shape()
              + " and "
              + index.shape());
    }
    Elementwise.sameDevice("embeddingBag", table, index);
    long bags = index.dim(0);
    if (offsets) {
      Indexing.requireIndex("embeddingBag", in[2]);
      Elementwise.sameDevice("embeddingBag", table, in[2]);
      bags = in[2].dim(0) - (lastOffset == LastOffset.INCLUDED ? 1 : 0);
      if (bags < 0) {
        throw new ShapeException("embeddingBag: needs at least the last offset");
      }
    }
    if (in.length > weightsAt(index.rank())) {
      requireWeights(table, index, in[weightsAt(index.rank())]);
    }
    if (paddingIdx >= table.dim(0)) {
      throw new ShapeException(
          "embeddingBag: the padding index "
              + paddingIdx
              + " is beyond the "
              + table.dim(0)
              + " rows");
    }
    Shape out = Shape.of(bags, table.dim(1));
    Shape second = mode == Mode.MAX ? out : Shape.of(bags);
    return List.of(
        new Spec(out, table.dtype(), table.device()),
        new Spec(second, DType.INT64, table.device()));
  }

  private void requireWeights(Tensor table, Tensor index, Tensor weights) {
    if (mode != Mode.SUM) {
      throw new ShapeException("embeddingBag: only sums take weights, not the mode " + mode);
    }
    if (!weights.shape().equals(index.shape())) {
      throw new ShapeException(
          "embeddingBag: expects a weight for each index, got "
              + weights.shape()
              + " for indices of shape "
              + index.shape());
    }
    if (weights.dtype() != table.dtype()) {
      throw new DTypeException(
          "embeddingBag: weights must be "
              + table.dtype()
              + " as the table, not "
              + weights.dtype());
    }
    Elementwise.sameDevice("embeddingBag", table, weights);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Tensor second = Tensor.allocate(name(), outputs.get(1));
    Bags bags = bags(in[1], in);
    Tensor weights = in.length > weightsAt(in[1].rank()) ? in[in.length - 1] : null;
    BagKernels.forward(this, bags, in[0].contiguous(), weights, out, second);
    return new Tensor[] {out, second};
  }

  /**
   * Which indices are in which bag.
   *
   * @param index [total]
   * @param offsets where bags begin, or null where all have {@code length} indices
   */
  record Bags(Tensor index, Tensor offsets, long length, long count) {}

  private Bags bags(Tensor index, Tensor[] in) {
    Tensor flat = index.detach().contiguous();
    if (hasOffsets(index.rank())) {
      long last = lastOffset == LastOffset.INCLUDED ? 1 : 0;
      return new Bags(flat, in[2].detach().contiguous(), 0, in[2].dim(0) - last);
    }
    return new Bags(flat.reshape(-1), null, index.dim(1), index.dim(0));
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor[] in = new Tensor[saved.inputs()];
    for (int i = 0; i < in.length; i++) {
      in[i] = saved.input(i);
    }
    Tensor[] out = new Tensor[in.length];
    int at = weightsAt(in[1].rank());
    Tensor weights = in.length > at ? in[at] : null;
    if (saved.needs(0)) {
      out[0] = byTable(in, weights, saved.output(1), grads[0]);
    }
    if (weights != null && saved.needs(at)) {
      out[at] = byWeights(in, grads[0]).reshape(weights.shape());
    }
    return out;
  }

  private Tensor byTable(Tensor[] in, Tensor weights, Tensor second, Tensor g) {
    if (mode == Mode.MAX) {
      return byMaximum(in, second, g);
    }
    Tensor index = in[1].reshape(-1);
    Tensor scale = weights == null ? null : weights.reshape(-1);
    if (frequency == EmbeddingOp.Frequency.MEAN) {
      Tensor share = EmbeddingOp.share(index, in[0].dim(0), g.dtype());
      scale = scale == null ? share : scale.mul(share);
    }
    if (!RowOps.recording()) {
      Tensor table = Tensor.zeros(in[0].shape(), g.dtype().accumulator(), g.device());
      BagKernels.backward(this, bags(in[1], in), g.contiguous(), scale, second, table);
      return table.to(g.dtype());
    }
    Tensor each = perIndex(in, g);
    if (mode == Mode.MEAN) {
      Tensor counts = second.clamp(1, null).to(g.dtype()).reciprocal();
      each = perIndex(in, g.mul(counts.unsqueeze(1)));
    }
    each = scale == null ? each : each.mul(scale.unsqueeze(1));
    Op sum = new IndexPutOp(Dim.of(0), Bounds.STRICT, Combine.SUM);
    return Tensor.apply(sum, Tensor.zeros(in[0].shape(), g.dtype(), g.device()), each, index);
  }

  /** The row of {@code g}'s bag for each index; 0 for those outside of all bags and padding. */
  private Tensor perIndex(Tensor[] in, Tensor g) {
    Tensor index = in[1].reshape(-1);
    long total = index.dim(0);
    Tensor place = Tensor.arange(0, total, 1, DType.INT64, g.device());
    Tensor outside = index.eq(paddingIdx);
    Tensor bag;
    if (hasOffsets(in[1].rank())) {
      Tensor offsets = in[2].to(DType.INT64);
      bag = offsets.searchsorted(place, Side.RIGHT).sub(1);
      outside = outside.logicalOr(bag.ge(g.dim(0)));
    } else {
      bag = place.div(Math.max(1, in[1].dim(1)), Rounding.FLOOR);
    }
    return g.indexSelect(0, bag.maskedFill(outside, 0)).maskedFill(outside.unsqueeze(1), 0);
  }

  private Tensor byMaximum(Tensor[] in, Tensor second, Tensor g) {
    long d = in[0].dim(1);
    Tensor none = second.lt(0);
    Tensor row = in[1].reshape(-1).to(DType.INT64);
    Tensor picked = row.indexSelect(0, second.maskedFill(none, 0).reshape(-1));
    if (frequency == EmbeddingOp.Frequency.MEAN) {
      Tensor share = EmbeddingOp.share(row, in[0].dim(0), g.dtype());
      Tensor each = share.indexSelect(0, second.maskedFill(none, 0).reshape(-1));
      g = g.mul(each.reshape(g.shape()));
    }
    Tensor column = Tensor.arange(0, d, 1, DType.INT64, g.device());
    Tensor place = picked.reshape(second.shape()).mul(d).add(column);
    Tensor zeros = Tensor.zeros(Shape.of(in[0].elements()), g.dtype(), g.device());
    Tensor values = g.maskedFill(none, 0);
    return zeros.indexAdd(0, place.reshape(-1), values.reshape(-1)).reshape(in[0].shape());
  }

  private Tensor byWeights(Tensor[] in, Tensor g) {
    Tensor rows = in[0].indexSelect(0, in[1].reshape(-1));
    return perIndex(in, g).mul(rows).sum(1);
  }

  static OpInfo info() {
    return BagSamples.info();
  }
}
