package io.arclight.tensor;

import io.arclight.tensor.op.LstsqOp;

/**
 * Solutions of least squares.
 *
 * @param solution [..., n, k], or [..., n] for vectors
 * @param residuals sums of squares by column, [..., k]; empty unless m > n, all matrices have full
 *     rank and the driver is another than GELSY
 * @param rank int64 [...]; empty for driver GELS
 * @param singularValues [..., min(m, n)]; empty for drivers GELS and GELSY
 */
public record Lstsq(Tensor solution, Tensor residuals, Tensor rank, Tensor singularValues) {

  /** Which routine of LAPACK. */
  public enum Driver {
    /** QR, for matrices of full rank. */
    GELS,
    /** QR with pivoting. */
    GELSY,
    /** Singular values by divide and conquer. */
    GELSD,
    /** Singular values. */
    GELSS
  }

  static Lstsq of(Tensor a, Tensor b, Driver driver, Double relative) {
    if (a.rank() < 2 || b.rank() < 1) {
      throw new ShapeException(
          "lstsq: needs a matrix and a right side, got shapes " + a.shape() + " and " + b.shape());
    }
    boolean vectors = Solving.vectors(a, b);
    Tensor[] pair = Solving.broadcast("lstsq", a, vectors ? b.unsqueeze(-1) : b);
    double tolerance = relative == null ? Norms.epsilon(a) : relative;
    Tensor[] out = Tensor.applyAll(new LstsqOp(driver, tolerance), pair);
    Tensor x = out[0];
    boolean ranked = driver != Driver.GELS;
    boolean valued = driver == Driver.GELSD || driver == Driver.GELSS;
    Tensor residuals = empty(out[2].dtype(), a);
    if (a.dim(-2) > a.dim(-1) && driver != Driver.GELSY) {
      boolean full = !ranked || out[1].eq(a.dim(-1)).all().item() != 0;
      if (full) {
        Tensor rest = pair[0].matmul(x).sub(pair[1]).abs().square();
        residuals = rest.sum(-2);
      }
    }
    return new Lstsq(
        vectors ? x.select(-1, 0) : x,
        residuals,
        ranked ? out[1] : empty(DType.INT64, a),
        valued ? out[2] : empty(out[2].dtype(), a));
  }

  private static Tensor empty(DType dtype, Tensor like) {
    return Tensor.zeros(Shape.of(0), dtype, like.device());
  }
}
