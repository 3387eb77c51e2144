package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** How rows of observations vary together. */
public final class Covariance {
  private Covariance() {}

  public static Tensor cov(Tensor x, double correction, Tensor fweights, Tensor aweights) {
    if (x.rank() > 2 || x.dtype() == DType.BOOL) {
      throw new ShapeException(
          "cov: needs a matrix or vector of numbers, got " + x.dtype() + " " + x.shape());
    }
    Tensor rows = x.rank() == 2 ? x : x.reshape(1, x.elements());
    if (!rows.dtype().isDifferentiable()) {
      rows = rows.to(DType.FLOAT32);
    }
    long n = rows.dim(1);
    if (fweights != null) {
      requireWeights("fweights", fweights, n);
      if (fweights.dtype().isFloatingPoint() || fweights.dtype() == DType.BOOL) {
        throw new DTypeException("cov: fweights must be integers, not " + fweights.dtype());
      }
    }
    if (aweights != null) {
      requireWeights("aweights", aweights, n);
      RowOps.requireFloat("cov", aweights);
    }
    if (fweights == null && aweights == null) {
      Tensor centred = rows.sub(rows.sum(Dim.of(1), Dim.Keep.KEEP).div(n));
      return squeezed(centred.mm(centred.t().conj()).div(Math.max(0, n - correction)));
    }
    Tensor w = fweights == null ? aweights : aweights == null ? fweights : fweights.mul(aweights);
    Tensor total = w.sum();
    Tensor centred = rows.sub(rows.mul(w).sum(Dim.of(1), Dim.Keep.KEEP).div(total));
    Tensor divisor =
        aweights != null && correction != 0
            ? total.sub(w.mul(aweights).sum().mul(correction).div(total))
            : total.sub(correction);
    divisor = divisor.maskedFill(divisor.lt(0), 0);
    return squeezed(centred.mm(centred.mul(w).t().conj()).div(divisor));
  }

  private static void requireWeights(String name, Tensor w, long n) {
    if (w.rank() != 1 || w.dim(0) != n) {
      throw new ShapeException(
          "cov: "
              + name
              + " must be a vector of one weight for each of "
              + n
              + " observations, got shape "
              + w.shape());
    }
  }

  private static Tensor squeezed(Tensor c) {
    return c.dim(0) == 1 ? c.select(0, 0).select(0, 0) : c;
  }

  public static Tensor corrcoef(Tensor x) {
    Tensor c = cov(x, 1, null, null);
    if (c.rank() == 0) {
      return c.div(c);
    }
    Tensor deviations = c.diagonal().real().sqrt();
    Tensor out = c.div(deviations.unsqueeze(1)).div(deviations);
    return out.isComplex()
        ? Tensor.complex(out.real().clamp(-1, 1), out.imag().clamp(-1, 1))
        : out.clamp(-1, 1);
  }
}
