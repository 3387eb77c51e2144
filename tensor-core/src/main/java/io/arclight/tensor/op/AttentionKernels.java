package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What attention does to a tile of scores beside the matrix products, a row for each query. Scores
 * come unscaled; a row holds {@code cols} of them.
 */
final class AttentionKernels {
  /** What a mask does to the scores of a tile. */
  enum Masking {
    NONE,
    /** Key i is seen by rows from {@code i - shift} on. */
    CAUSAL,
    /** True where a key is seen. */
    CHOSEN,
    /** Added to the scaled scores. */
    ADDED
  }

  /** A kernel's kind; what it is built for. */
  record Variant(DType dtype, Masking masking, boolean drops) {}

  private static final Map<Variant, Executable> SOFTMAX = new ConcurrentHashMap<>();
  private static final Map<Variant, Executable> SLOPES = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> FINISH = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> DELTA = new ConcurrentHashMap<>();

  private AttentionKernels() {}

  static Executable softmax(Variant variant) {
    return SOFTMAX.computeIfAbsent(variant, AttentionKernels::buildSoftmax);
  }

  static Executable slopes(Variant variant) {
    return SLOPES.computeIfAbsent(variant, AttentionKernels::buildSlopes);
  }

  static Executable finish(DType dtype) {
    return FINISH.computeIfAbsent(dtype, AttentionKernels::buildFinish);
  }

  static Executable delta(DType dtype) {
    return DELTA.computeIfAbsent(dtype, AttentionKernels::buildDelta);
  }

  /** The parameters that tiles of both directions have, in the order in which they are read. */
  private static final class Tile {
    final RowKernel k;
    final Type t;
    private final Variant variant;
    private final int mask;
    final Expr width;
    final Expr cols;
    final Expr scale;
    final Expr.Var base;

    /** Keys that the row may see. */
    final Expr seen;

    private Expr maskBase;
    private Expr keyLow;
    private Expr keyHigh;
    private Expr id;
    private Expr counter;
    private Expr keep;
    private Expr grown;

    /** Buffers of its own are declared before, parameters of its own after. */
    Tile(RowKernel k, Variant variant) {
      this.k = k;
      this.variant = variant;
      t = variant.dtype.type();
      mask =
          switch (variant.masking) {
            case CHOSEN -> k.reads(DType.BOOL);
            case ADDED -> k.reads(variant.dtype);
            default -> -1;
          };
      width = k.param(Type.I64);
      cols = k.param(Type.I64);
      scale = k.param(t);
      Expr shift = k.param(Type.I64);
      Expr maskStride = k.param(Type.I64);
      base = k.base(width);
      if (variant.drops) {
        keyLow = k.param(Type.I64);
        keyHigh = k.param(Type.I64);
        id = k.param(Type.I64);
        Expr first = k.param(Type.I64);
        Expr step = k.param(Type.I64);
        keep = k.param(Type.F32);
        grown = k.param(t);
        counter = k.let("counter", add(first, mul(k.row, step)));
      }
      if (mask >= 0) {
        maskBase = k.let("mask", mul(k.row, maskStride));
      }
      seen =
          variant.masking == Masking.CAUSAL
              ? k.let("seen", min(cols, max(int64(0), add(k.row, add(shift, int64(1))))))
              : cols;
    }

    /** The scaled and masked score of key {@code i}. */
    Expr score(int scores, Expr i) {
      Expr s = mul(k.at(scores, add(base, i), t), scale);
      return switch (variant.masking) {
        case NONE, CAUSAL -> s;
        case CHOSEN ->
            select(
                load(mask, add(maskBase, i), Type.BOOL), s, constant(t, Double.NEGATIVE_INFINITY));
        case ADDED -> add(s, k.at(mask, add(maskBase, i), t));
      };
    }

    /** {@code value} where key {@code i} is kept by dropout, grown to make up for the others. */
    Expr dropped(Expr i, Expr value) {
      if (!variant.drops) {
        return value;
      }
      Expr[] words = RandomKernels.philox(keyLow, keyHigh, add(counter, i), id);
      Expr kept = lt(RandomKernels.unit(Type.F32, words), keep);
      return select(kept, mul(value, grown), constant(t, 0));
    }

    /** Zeros for the keys that the row does not see. */
    void blank(int buffer) {
      if (variant.masking == Masking.CAUSAL) {
        k.map(buffer, k.let("rest", add(base, seen)), sub(cols, seen), i -> constant(t, 0));
      }
    }
  }

  /**
   * Scores become weights relative to the largest score so far, and what has been summed is brought
   * to the same. Parameters after the tile's: whether the tile is the first of its rows, columns
   * and stride of the output.
   */
  private static Executable buildSoftmax(Variant variant) {
    RowKernel k = new RowKernel("attention");
    int scores = k.updates(variant.dtype);
    int top = k.updates(variant.dtype);
    int sum = k.updates(variant.dtype);
    int out = k.updates(variant.dtype);
    Tile tile = new Tile(k, variant);
    Type t = tile.t;
    Expr first = ne(k.param(Type.I64), int64(0));
    Expr outWidth = k.param(Type.I64);
    Expr outStride = k.param(Type.I64);
    Expr none = constant(t, Double.NEGATIVE_INFINITY);
    Expr zero = constant(t, 0);
    Expr before = k.let("before", select(first, none, k.at(top, k.row, t)));
    Expr here = k.reduce("top", tile.seen, none, i -> tile.score(scores, i), (a, b) -> max(a, b));
    Expr now = k.let("now", max(before, here));
    Expr shift = k.let("shift", ReductionRules.finite(now));
    k.map(scores, tile.base, tile.seen, i -> exp(sub(tile.score(scores, i), shift)));
    tile.blank(scores);
    Expr added =
        k.reduce(
            "sum", tile.seen, zero, i -> k.at(scores, add(tile.base, i), t), (a, b) -> add(a, b));
    Expr factor = k.let("factor", exp(sub(before, shift)));
    Expr total = k.let("total", select(first, added, fma(k.at(sum, k.row, t), factor, added)));
    k.add(k.store(top, k.row, now));
    k.add(k.store(sum, k.row, total));
    if (variant.drops) {
      k.map(scores, tile.base, tile.seen, i -> tile.dropped(i, k.at(scores, add(tile.base, i), t)));
    }
    Expr rescaled = k.let("rescaled", select(first, int64(0), outWidth));
    Expr at = k.let("at", mul(k.row, outStride));
    k.map(out, at, rescaled, i -> mul(k.at(out, add(at, i), t), factor));
    return k.build();
  }

  /** Divides sums by their weights; a query that sees no key gives zeros. */
  private static Executable buildFinish(DType dtype) {
    RowKernel k = new RowKernel("attention_finish");
    int out = k.updates(dtype);
    int top = k.reads(dtype);
    int sum = k.reads(dtype);
    int lse = k.writes(dtype);
    Type t = dtype.type();
    Expr width = k.param(Type.I64);
    Expr stride = k.param(Type.I64);
    Expr zero = constant(t, 0);
    Expr total = k.let("total", k.at(sum, k.row, t));
    Expr empty = k.let("empty", eq(total, zero));
    Expr factor = k.let("factor", select(empty, zero, div(constant(t, 1), total)));
    Expr infinity = constant(t, Double.POSITIVE_INFINITY);
    k.add(k.store(lse, k.row, select(empty, infinity, add(k.at(top, k.row, t), log(total)))));
    Expr at = k.let("at", mul(k.row, stride));
    k.map(out, at, width, i -> mul(k.at(out, add(at, i), t), factor));
    return k.build();
  }

  /** Each query's product of output and its gradient. */
  private static Executable buildDelta(DType dtype) {
    RowKernel k = new RowKernel("attention_delta");
    int out = k.reads(dtype);
    int grad = k.reads(dtype);
    int delta = k.writes(dtype);
    Type t = dtype.type();
    Expr width = k.param(Type.I64);
    Expr a = k.let("a", mul(k.row, k.param(Type.I64)));
    Expr b = k.let("b", mul(k.row, k.param(Type.I64)));
    Expr sum =
        k.reduce(
            "sum",
            width,
            constant(t, 0),
            i -> mul(k.at(out, add(a, i), t), k.at(grad, add(b, i), t)),
            (p, q) -> add(p, q));
    k.add(k.store(delta, k.row, sum));
    return k.build();
  }

  /**
   * From scores and the gradient of the weights after dropout: these weights, and the gradient of
   * the unscaled scores.
   */
  private static Executable buildSlopes(Variant variant) {
    RowKernel k = new RowKernel("attention_backward");
    int scores = k.updates(variant.dtype);
    int slopes = k.updates(variant.dtype);
    int lse = k.reads(variant.dtype);
    int delta = k.reads(variant.dtype);
    Tile tile = new Tile(k, variant);
    Type t = tile.t;
    Expr total = k.let("lse", k.at(lse, k.row, t));
    Expr d = k.let("delta", k.at(delta, k.row, t));
    Expr.Var i = k.fresh("i", Type.I64);
    Expr at = add(tile.base, i);
    Expr.Var weight = k.fresh("weight", t);
    Expr.Var slope = k.fresh("slope", t);
    Expr grad = tile.dropped(i, k.at(slopes, at, t));
    k.add(
        new Stmt.Vector(
            i,
            tile.seen,
            List.of(
                new Stmt.Let(weight, exp(sub(tile.score(scores, i), total))),
                new Stmt.Let(slope, mul(mul(weight, sub(grad, d)), tile.scale)),
                k.store(scores, at, tile.dropped(i, weight)),
                k.store(slopes, at, slope))));
    tile.blank(scores);
    tile.blank(slopes);
    return k.build();
  }
}
