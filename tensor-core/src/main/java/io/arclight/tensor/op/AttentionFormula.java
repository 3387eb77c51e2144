package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** The gradients of attention by other operations, which have gradients themselves. */
final class AttentionFormula {
  private AttentionFormula() {}

  /**
   * The gradients of queries, keys, values and of what is added to the scores.
   *
   * @param g of the output, or null
   * @param gLse of the log-sum-exp, or null
   */
  static Tensor[] gradients(AttentionOp op, Tensor g, Tensor gLse, Tensor... in) {
    DType wide = in[0].dtype().accumulator();
    Tensor q = in[0].to(wide);
    long heads = q.dim(1);
    Tensor k = shared(in[1].to(wide), heads);
    Tensor v = shared(in[2].to(wide), heads);
    Tensor p = weights(op, q, k, op.maskOf(in));
    Tensor kept = kept(op, p, op.idsOf(in));
    Tensor dv = v.zerosLike();
    Tensor ds = p.zerosLike();
    if (g != null) {
      Tensor grad = g.to(wide);
      dv = dropped(p, kept).transpose(-2, -1).matmul(grad);
      Tensor dp = dropped(grad.matmul(v.transpose(-2, -1)), kept);
      ds = p.mul(dp.sub(p.mul(dp).sum(Dim.of(-1), Dim.Keep.KEEP)));
    }
    if (gLse != null) {
      ds = ds.add(p.mul(gLse.unsqueeze(-1)));
    }
    Tensor dq = ds.matmul(k).mul(op.scale());
    Tensor dk = ds.transpose(-2, -1).matmul(q).mul(op.scale());
    return new Tensor[] {
      dq.to(in[0].dtype()),
      grouped(dk, in[1].dim(1)).to(in[1].dtype()),
      grouped(dv, in[2].dim(1)).to(in[2].dtype()),
      op.maskOf(in) == null ? ds : ds.to(op.maskOf(in).dtype())
    };
  }

  /** Zeros where a query sees no key, which softmax does not give. */
  private static Tensor weights(AttentionOp op, Tensor q, Tensor k, Tensor mask) {
    Tensor scores = q.matmul(k.transpose(-2, -1)).mul(op.scale());
    if (op.mask() == AttentionOp.Mask.CAUSAL) {
      Tensor seen = Tensor.ones(Shape.of(q.dim(2), k.dim(2)), DType.BOOL, q.device()).tril();
      scores = scores.maskedFill(seen.logicalNot(), Double.NEGATIVE_INFINITY);
    } else if (mask != null && mask.dtype() == DType.BOOL) {
      scores = scores.maskedFill(mask.logicalNot(), Double.NEGATIVE_INFINITY);
    } else if (mask != null) {
      scores = scores.add(mask.to(scores.dtype()));
    }
    Tensor blind = scores.detach().eq(Double.NEGATIVE_INFINITY).all(Dim.of(-1), Dim.Keep.KEEP);
    return scores.maskedFill(blind, 0).softmax(-1).maskedFill(blind, 0);
  }

  /** What dropout multiplies weights by, or null. */
  private static Tensor kept(AttentionOp op, Tensor p, Tensor ids) {
    if (ids == null) {
      return null;
    }
    double keep = 1 - op.dropout();
    Shape inner = Shape.of(p.dim(1), p.dim(2), p.dim(3));
    Tensor mask = Tensor.apply(new DropoutMaskOp(inner, keep, op.key()), ids);
    return mask.to(p.dtype()).mul(1 / keep);
  }

  private static Tensor dropped(Tensor x, Tensor kept) {
    return kept == null ? x : x.mul(kept);
  }

  /** Each of the key heads in as many places as it serves heads. */
  private static Tensor shared(Tensor t, long heads) {
    long groups = t.dim(1);
    if (groups == heads) {
      return t;
    }
    Shape each = Shape.of(t.dim(0), groups, heads / groups, t.dim(2), t.dim(3));
    return t.unsqueeze(2).expand(each).reshape(t.dim(0), heads, t.dim(2), t.dim(3));
  }

  private static Tensor grouped(Tensor t, long groups) {
    long heads = t.dim(1);
    return groups == heads
        ? t
        : t.reshape(t.dim(0), groups, heads / groups, t.dim(2), t.dim(3)).sum(2);
  }
}
