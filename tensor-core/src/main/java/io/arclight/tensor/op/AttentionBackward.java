package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;

/**
 * The gradients of attention by tiles, whose weights are computed again from the log-sum-exp: a
 * task takes some keys of a head over all queries that see them (Dao et al., "FlashAttention",
 * 2022).
 */
final class AttentionBackward {
  /** Keys of a tile. */
  private static final long KEYS = 128;

  /** Heads below which the keys of one are divided among tasks. */
  private static final long FEW = 8;

  private final AttentionTiles t;
  private final AttentionOperand out;
  private final AttentionOperand grad;
  private final Tensor lse;
  private final AttentionOperand dq;
  private final AttentionOperand dk;
  private final AttentionOperand dv;

  /** Tasks that divide the keys of a head among them. */
  private final long parts;

  /** Where the gradients go. */
  record Targets(AttentionOperand dq, AttentionOperand dk, AttentionOperand dv) {
    static Targets allocate(AttentionTiles t, Device device) {
      return new Targets(
          AttentionOperand.allocate(
              Shape.of(t.batches, t.heads, t.queries, t.width), t.dtype, device),
          AttentionOperand.allocate(
              Shape.of(t.batches, t.keyHeads, t.keys, t.width), t.dtype, device),
          AttentionOperand.allocate(
              Shape.of(t.batches, t.keyHeads, t.keys, t.valueWidth), t.dtype, device));
    }

    Tensor[] tensors() {
      return new Tensor[] {dq.tensor(), dk.tensor(), dv.tensor()};
    }
  }

  private AttentionBackward(
      AttentionTiles tiles, Tensor out, Tensor lse, Tensor grad, Targets targets) {
    t = tiles;
    this.out = AttentionOperand.of(out, t.dtype);
    this.grad = AttentionOperand.of(grad, t.dtype);
    this.lse = lse.detach().contiguous();
    long heads = Math.max(1, t.batches * t.keyHeads);
    long keyTiles = (t.keys + KEYS - 1) / KEYS;
    parts = Math.max(1, Math.min(keyTiles, FEW / heads));
    // The parts' gradients of the queries lie one after the other, as further batches.
    Shape queries = Shape.of(parts * t.batches, t.heads, t.queries, t.width);
    dq = parts == 1 ? targets.dq : AttentionOperand.allocate(queries, t.dtype, lse.device());
    dk = targets.dk;
    dv = targets.dv;
  }

  /** Computes the gradients of queries, keys and values. */
  static void run(AttentionTiles tiles, Tensor out, Tensor lse, Tensor grad, Targets targets) {
    AttentionBackward f = new AttentionBackward(tiles, out, lse, grad, targets);
    Tensor none = f.lse;
    Backend.of(lse.device())
        .library(
            f::tasks,
            tiles.query.tensor(),
            tiles.key.tensor(),
            tiles.value.tensor(),
            f.out.tensor(),
            f.grad.tensor(),
            f.lse,
            f.dq.tensor(),
            f.dk.tensor(),
            f.dv.tensor(),
            tiles.mask == null ? none : tiles.mask.tensor(),
            tiles.ids == null ? none : tiles.ids);
    if (f.parts > 1) {
      f.addParts(targets.dq.tensor());
    }
  }

  private void addParts(Tensor target) {
    Tensor all = dq.tensor();
    Tensor dense = all.withLayout(all.layout().permute(new int[] {0, 2, 1, 3}));
    Shape split = Shape.of(parts, t.batches, t.queries, t.heads, t.width);
    Tensor sum =
        Matrices.run(
            new ReduceOp(ReduceOp.Kind.SUM, Dim.of(0), Dim.Keep.DROP),
            dense.withLayout(dense.layout().reshape(split)));
    Tensor turned = sum.withLayout(sum.layout().permute(new int[] {0, 2, 1, 3}));
    Pointwise.SECOND.evalInto(target, target, turned);
  }

  private void tasks(long[] at) {
    Workers.run(
        t.batches * t.keyHeads * parts,
        1 + AttentionTiles.GRAIN / Math.max(1, t.queries * t.keys * t.width),
        (begin, end) -> {
          long tile = Math.min(AttentionTiles.QUERIES, t.queries) * Math.min(KEYS, t.keys);
          try (AttentionTiles.Work w =
              new AttentionTiles.Work(t.dtype.bytes(), tile, tile, t.queries)) {
            for (long task = begin; task < end; task++) {
              long head = task / parts;
              part(w, at, head / t.keyHeads, head % t.keyHeads, task % parts);
            }
          }
        });
  }

  /** Part {@code p} of the keys of a head, and all heads that it serves. */
  private void part(AttentionTiles.Work w, long[] at, long b, long g, long p) {
    long keyTiles = (t.keys + KEYS - 1) / KEYS;
    long from = p * keyTiles / parts * KEYS;
    long to = Math.min(t.keys, (p + 1) * keyTiles / parts * KEYS);
    long group = t.heads / t.keyHeads;
    for (long h = g * group; h < (g + 1) * group; h++) {
      delta(w, at, b, h);
      boolean first = h == g * group;
      if (from == to) {
        dq.zero(at[6] + dq.at(p * t.batches + b, h, 0), t.queries);
      }
      for (long j0 = from; j0 < to; j0 += KEYS) {
        keys(w, at, b, h, p, j0, first, j0 == from);
      }
    }
  }

  private void delta(AttentionTiles.Work w, long[] at, long b, long h) {
    w.call().with(at[3] + out.at(b, h, 0)).with(at[4] + grad.at(b, h, 0)).with(w.block(2));
    w.with(t.valueWidth).with(out.row()).with(grad.row());
    w.run(AttentionKernels.delta(t.dtype), t.queries);
  }

  private void keys(
      AttentionTiles.Work w,
      long[] at,
      long b,
      long h,
      long p,
      long j0,
      boolean firstHead,
      boolean firstTile) {
    long cols = Math.min(KEYS, t.keys - j0);
    long g = t.keyHead(h);
    long toK = at[7] + dk.at(b, g, j0);
    long toV = at[8] + dv.at(b, g, j0);
    boolean add = !firstHead;
    for (long i0 = 0; i0 < t.queries; i0 += AttentionTiles.QUERIES) {
      long rows = Math.min(AttentionTiles.QUERIES, t.queries - i0);
      long seen = Math.min(cols, t.keysSeen(i0 + rows) - j0);
      long toQ = at[6] + dq.at(p * t.batches + b, h, i0);
      if (seen <= 0) {
        if (firstTile) {
          dq.zero(toQ, rows);
        }
        continue;
      }
      if (seen < cols && !add) {
        // Only some rows of the keys' gradients are written now, to the others later ones add.
        dk.zero(toK + seen * dk.row() * dk.bytes(), cols - seen);
        dv.zero(toV + seen * dv.row() * dv.bytes(), cols - seen);
      }
      tile(w, at, new AttentionTiles.Tile(b, h, i0, j0, rows, seen), toQ, toK, toV, add, firstTile);
      add = true;
    }
    if (!add) {
      dk.zero(toK, cols);
      dv.zero(toV, cols);
    }
  }

  private void tile(
      AttentionTiles.Work w,
      long[] at,
      AttentionTiles.Tile tile,
      long toQ,
      long toK,
      long toV,
      boolean add,
      boolean firstTile) {
    long b = tile.b();
    long h = tile.h();
    long rows = tile.rows();
    long cols = tile.cols();
    long g = t.keyHead(h);
    long q = at[0] + t.query.at(b, h, tile.i0());
    long k = at[1] + t.key.at(b, g, tile.j0());
    long v = at[2] + t.value.at(b, g, tile.j0());
    long d = at[4] + grad.at(b, h, tile.i0());
    long ldq = t.query.leading(rows);
    long ldk = t.key.leading(cols);
    long ldv = t.value.leading(cols);
    long ldd = grad.leading(rows);
    long scores = w.block(0);
    long slopes = w.block(1);
    int bytes = t.dtype.bytes();
    t.multiply(rows, cols, t.width, q, ldq, k, ldk, true, scores, cols, false);
    t.multiply(rows, cols, t.valueWidth, d, ldd, v, ldv, true, slopes, cols, false);
    long row = bytes * ((b * t.heads + h) * t.queries + tile.i0());
    AttentionKernels.Variant variant = t.variant(tile.i0(), tile.j0(), cols);
    w.call().with(scores, slopes, at[5] + row, w.block(2) + bytes * tile.i0());
    t.arguments(w, variant, tile, at[9], at[10]);
    w.run(AttentionKernels.slopes(variant), rows);
    t.multiplyTurned(cols, t.valueWidth, rows, scores, cols, d, ldd, toV, dv.leading(cols), add);
    t.multiplyTurned(cols, t.width, rows, slopes, cols, q, ldq, toK, dk.leading(cols), add);
    t.multiply(rows, t.width, cols, slopes, cols, k, ldk, false, toQ, dq.leading(rows), !firstTile);
  }
}
