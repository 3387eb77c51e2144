package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;

/**
 * Attention by tiles: a task takes some queries of a head over all keys that they see, and keeps
 * the largest score, the sum of weights and the weighted sum of values as it goes (Milakov and
 * Gimelshein, "Online normalizer calculation for softmax", 2018).
 */
final class AttentionForward {
  /** Keys of a tile. */
  private static final long KEYS = 256;

  private final AttentionTiles t;
  private final AttentionOperand out;
  private final Tensor lse;

  private AttentionForward(AttentionTiles tiles) {
    t = tiles;
    Shape shape = Shape.of(t.batches, t.heads, t.queries, t.valueWidth);
    out = AttentionOperand.allocate(shape, t.dtype, t.query.tensor().device());
    lse =
        Tensor.allocate(
            "ATTENTION",
            Shape.of(t.batches, t.heads, t.queries),
            t.dtype,
            t.query.tensor().device());
  }

  /** The output, and each query's log-sum-exp: infinity where it sees no key. */
  static Tensor[] run(AttentionTiles tiles) {
    AttentionForward f = new AttentionForward(tiles);
    if (f.lse.elements() > 0) {
      Tensor none = f.lse;
      Backend.of(f.lse.device())
          .library(
              f::tasks,
              tiles.query.tensor(),
              tiles.key.tensor(),
              tiles.value.tensor(),
              f.out.tensor(),
              f.lse,
              tiles.mask == null ? none : tiles.mask.tensor(),
              tiles.ids == null ? none : tiles.ids);
    }
    return new Tensor[] {f.out.tensor(), f.lse};
  }

  private void tasks(long[] at) {
    long parts = (t.queries + AttentionTiles.QUERIES - 1) / AttentionTiles.QUERIES;
    long work = Math.max(1, Math.min(AttentionTiles.QUERIES, t.queries) * t.keys * t.width);
    Workers.run(
        t.batches * t.heads * parts,
        1 + AttentionTiles.GRAIN / work,
        (begin, end) -> {
          long tile = Math.min(AttentionTiles.QUERIES, t.queries);
          try (AttentionTiles.Work w =
              new AttentionTiles.Work(t.dtype.bytes(), tile * Math.min(KEYS, t.keys), tile, tile)) {
            for (long task = begin; task < end; task++) {
              long head = task / parts;
              rows(w, at, head / t.heads, head % t.heads, task % parts * AttentionTiles.QUERIES);
            }
          }
        });
  }

  private void rows(AttentionTiles.Work w, long[] at, long b, long h, long i0) {
    long rows = Math.min(AttentionTiles.QUERIES, t.queries - i0);
    long limit = t.keysSeen(i0 + rows);
    long g = t.keyHead(h);
    long scores = w.block(0);
    long top = w.block(1);
    long sum = w.block(2);
    long q = at[0] + t.query.at(b, h, i0);
    long o = at[3] + out.at(b, h, i0);
    for (long j0 = 0; j0 < limit; j0 += KEYS) {
      long cols = Math.min(KEYS, limit - j0);
      long k = at[1] + t.key.at(b, g, j0);
      long v = at[2] + t.value.at(b, g, j0);
      AttentionTiles.Tile tile = new AttentionTiles.Tile(b, h, i0, j0, rows, cols);
      AttentionKernels.Variant variant = t.variant(i0, j0, cols);
      long ldq = t.query.leading(rows);
      long ldk = t.key.leading(cols);
      t.multiply(rows, cols, t.width, q, ldq, k, ldk, true, scores, cols, false);
      w.call().with(scores, top, sum, o);
      t.arguments(w, variant, tile, at[5], at[6]);
      w.with(j0 == 0 ? 1 : 0).with(t.valueWidth).with(out.row());
      w.run(AttentionKernels.softmax(variant), rows);
      long ldv = t.value.leading(cols);
      long ldo = out.leading(rows);
      t.multiply(rows, t.valueWidth, cols, scores, cols, v, ldv, false, o, ldo, j0 > 0);
    }
    Executable finish = AttentionKernels.finish(t.dtype);
    long row = lse.dtype().bytes() * ((b * t.heads + h) * t.queries + i0);
    if (limit == 0) {
      out.zero(o, rows);
      AttentionTiles.fill(t.dtype, at[4] + row, rows, Double.POSITIVE_INFINITY);
      return;
    }
    w.call().with(o, top, sum, at[4] + row).with(t.valueWidth).with(out.row());
    w.run(finish, rows);
  }
}
