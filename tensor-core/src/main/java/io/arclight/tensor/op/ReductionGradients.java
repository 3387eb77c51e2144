package io.arclight.tensor.op;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** The gradients of {@link ReduceOp}. */
final class ReductionGradients {
  private final ReduceOp op;
  private final Vjp saved;
  private final Shape shape;

  /** The input's shape with the reduced dimensions 1. */
  private final Shape kept;

  private final Dim over;
  private final double n;

  private ReductionGradients(ReduceOp op, Vjp saved) {
    this.op = op;
    this.saved = saved;
    this.shape = saved.inputShape(0);
    int[] resolved = op.dims().resolve(shape, op.name());
    this.kept = Reduction.shape(shape, resolved, Dim.Keep.KEEP);
    this.over = Dim.of(resolved);
    this.n = Reduction.count(shape, resolved);
  }

  static Tensor of(ReduceOp op, Vjp saved, Tensor... grads) {
    return new ReductionGradients(op, saved).gradient(grads);
  }

  private Tensor gradient(Tensor... grads) {
    Tensor g = grads[0] == null ? null : grads[0].reshape(kept);
    return switch (op.kind()) {
      case SUM -> g.expand(shape);
      case NANSUM -> g.expand(shape).maskedFill(saved.input(0).isnan(), 0);
      case MEAN -> g.mul(1 / n).expand(shape);
      case PROD -> {
        Tensor x = saved.input(0);
        yield x.isComplex() || RowOps.recording() ? exactProd(g) : prod(g);
      }
      case VAR -> moments(g, grads[1]);
      case STD -> {
        Tensor std = saved.output(0).reshape(kept);
        yield moments(g == null ? null : g.div(std.mul(2)).maskedFill(std.eq(0), 0), grads[1]);
      }
      case NORM -> norm(g);
      case AMAX, AMIN -> amongEqual(g, saved.output(0));
      case AMINMAX -> {
        Tensor low = grads[0] == null ? null : amongEqual(g, saved.output(0));
        Tensor high = grads[1] == null ? null : amongEqual(grads[1].reshape(kept), saved.output(1));
        yield low == null ? high : high == null ? low : low.add(high);
      }
      case MAX, MIN -> {
        Tensor at = saved.output(1).reshape(kept);
        int d = shape.rank() == 0 ? 0 : op.dims().dims().length == 0 ? -1 : op.dims().dims()[0];
        yield RowOps.scattered(g, shape, d, at);
      }
      case LOGSUMEXP -> {
        Tensor y = saved.output(0).reshape(kept);
        // Where all are -inf, none takes part.
        Tensor shift = y.maskedFill(y.eq(Double.NEGATIVE_INFINITY), 0);
        yield saved.input(0).sub(shift).exp().conj().mul(g);
      }
      case ARGMAX, ARGMIN, ANY, ALL, COUNT_NONZERO -> throw new IllegalStateException(op.name());
    };
  }

  /** Of the elements that equal the result, each takes an equal share. */
  private Tensor amongEqual(Tensor g, Tensor result) {
    Tensor ties = saved.input(0).eq(result.reshape(kept)).to(g.dtype());
    return ties.mul(g.div(ties.sum(over, Dim.Keep.KEEP)));
  }

  private Tensor moments(Tensor g, Tensor meanGradient) {
    Tensor dx = null;
    if (g != null) {
      Tensor x = saved.input(0);
      Tensor mean =
          RowOps.recording() ? x.mean(over, Dim.Keep.KEEP) : saved.output(1).reshape(kept);
      dx = x.sub(mean).mul(g.mul(2 / (n - op.argument())));
    }
    if (meanGradient == null) {
      return dx;
    }
    Tensor flat = meanGradient.reshape(kept).mul(1 / n).expand(shape);
    return dx == null ? flat : dx.add(flat);
  }

  private Tensor norm(Tensor g) {
    double p = op.argument();
    Tensor x = saved.input(0);
    Tensor y = saved.output(0).reshape(kept);
    if (p == 0) {
      return x.mul(g).mul(0);
    } else if (p == 1) {
      return x.sgn().mul(g);
    } else if (Double.isInfinite(p)) {
      Tensor ties = x.abs().eq(y).to(g.dtype());
      return x.sgn().mul(ties).mul(g.div(ties.sum(over, Dim.Keep.KEEP)));
    }
    Tensor none = y.eq(0);
    if (p == 2) {
      return x.mul(g.div(y).maskedFill(none, 0));
    }
    Tensor slope = p < 2 ? x.sgn().mul(x.abs().pow(p - 1)) : x.mul(x.abs().pow(p - 2));
    if (p < 1) {
      slope = slope.maskedFill(x.eq(0), 0);
    }
    return slope.mul(g.div(y.pow(p - 1)).maskedFill(none, 0));
  }

  /** For each element the product of the others, also where some are 0; not differentiable. */
  private Tensor prod(Tensor g) {
    Tensor x = saved.input(0).detach();
    int[] dims = over.dims();
    boolean adjacent = dims.length > 0 && dims[dims.length - 1] - dims[0] == dims.length - 1;
    if (shape.rank() == 0 || !adjacent) {
      return exactProd(g);
    }
    long inner = Indexing.inner(x, dims[dims.length - 1]);
    return ProdGradient.of(x.contiguous(), g.contiguous(), (long) n, inner);
  }

  /** The same as products of all before and all behind, which can be differentiated again. */
  private Tensor exactProd(Tensor g) {
    Tensor x = saved.input(0);
    if (x.elements() == 0) {
      return x.mul(g);
    }
    int[] dims = over.dims();
    int rank = shape.rank();
    int[] order = new int[rank];
    int[] back = new int[rank];
    int at = 0;
    for (int d = 0; d < rank; d++) {
      if (java.util.Arrays.binarySearch(dims, d) < 0) {
        order[at++] = d;
      }
    }
    for (int d : dims) {
      order[at++] = d;
    }
    for (int i = 0; i < rank; i++) {
      back[order[i]] = i;
    }
    Tensor moved = x.permute(order);
    Tensor rows = moved.reshape(x.elements() / (long) n, (long) n);
    Tensor one = Tensor.ones(Shape.of(rows.dim(0), 1), x.dtype(), x.device());
    Tensor before = Tensor.cat(1, one, rows.narrow(1, 0, (long) n - 1)).cumprod(1);
    Tensor behind =
        Tensor.apply(
            new ScanOp(1, ScanOp.Kind.CUMPROD, ScanOp.Direction.REVERSE),
            Tensor.cat(1, rows.narrow(1, 1, (long) n - 1), one));
    return before.mul(behind).reshape(moved.shape()).permute(back).conj().mul(g);
  }
}
