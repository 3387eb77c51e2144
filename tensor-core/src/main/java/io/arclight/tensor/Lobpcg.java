package io.arclight.tensor;

/**
 * Extreme eigenvalues, and eigenvectors as columns, of symmetric [..., m, m]: found by locally
 * optimal block preconditioned conjugate gradients (Knyazev 2001) without a factorisation of the
 * matrix, or, where a gradient is wanted, by {@link Linalg#eigh}.
 *
 * @param values [..., k], from the most extreme on
 * @param vectors [..., m, k]
 */
public record Lobpcg(Tensor values, Tensor vectors) {

  /** Which end of the spectrum. */
  public enum End {
    LARGEST,
    SMALLEST
  }

  /**
   * How far to go.
   *
   * @param iterations at most; -1 for no limit
   * @param tolerance of residuals relative to the matrix; 0 for the square root of the dtype's eps
   * @param metric symmetric positive-definite B of {@code A x = lambda B x}, or null for I
   * @param preconditioner an approximation of the inverse of A, or null
   */
  public record Options(
      End end, int iterations, double tolerance, Tensor metric, Tensor preconditioner) {
    /** The largest eigenvalues, in at most 1000 iterations. */
    public static Options standard() {
      return new Options(End.LARGEST, 1000, 0, null, null);
    }

    /** From this end of the spectrum. */
    public Options end(End other) {
      return new Options(other, iterations, tolerance, metric, preconditioner);
    }

    /** With at most so many iterations. */
    public Options iterations(int other) {
      return new Options(end, other, tolerance, metric, preconditioner);
    }

    /** To this tolerance of residuals. */
    public Options tolerance(double other) {
      return new Options(end, iterations, other, metric, preconditioner);
    }

    /** Of {@code A x = lambda B x}. */
    public Options metric(Tensor other) {
      return new Options(end, iterations, tolerance, other, preconditioner);
    }

    /** With an approximation of the inverse of A. */
    public Options preconditioner(Tensor other) {
      return new Options(end, iterations, tolerance, metric, other);
    }

    private Options matrix(long i, long m) {
      return metric(one(metric, i, m)).preconditioner(one(preconditioner, i, m));
    }

    private static Tensor one(Tensor t, long i, long m) {
      return t == null || t.rank() == 2
          ? t
          : t.reshape(Shape.of(t.elements() / (m * m), m, m)).select(0, i);
    }
  }

  static Lobpcg of(Tensor a, int k, Options options) {
    Solving.requireSquare("lobpcg", a);
    long m = a.dim(-1);
    if (k < 1 || m < 3L * k) {
      throw new ShapeException(
          "lobpcg: k must be from 1 to a third of the rows, got k "
              + k
              + " and shape "
              + a.shape());
    }
    if (a.requiresGrad() && Context.current().gradEnabled()) {
      if (options.metric != null) {
        throw new TensorException("lobpcg: has no gradient with a metric: detach() the matrix");
      }
      return exact(a, k, options.end);
    }
    if (a.rank() > 2) {
      Tensor flat = a.reshape(Shape.of(Solving.batch(a, 2).elements(), m, m));
      Tensor[] values = new Tensor[(int) flat.dim(0)];
      Tensor[] vectors = new Tensor[values.length];
      for (int i = 0; i < values.length; i++) {
        Lobpcg one = of(flat.select(0, i), k, options.matrix(i, m));
        values[i] = one.values;
        vectors[i] = one.vectors;
      }
      long[] dims = a.shape().toArray();
      dims[dims.length - 1] = k;
      long[] first = java.util.Arrays.copyOf(dims, dims.length - 1);
      first[first.length - 1] = k;
      return new Lobpcg(
          Tensor.stack(0, values).reshape(Shape.of(first)),
          Tensor.stack(0, vectors).reshape(Shape.of(dims)));
    }
    try (Context.Restore quiet = Context.current().gradMode(false)) {
      return iterate(a.detach(), k, options);
    }
  }

  private static Lobpcg exact(Tensor a, int k, End end) {
    Linalg.Eigen all = Linalg.eigh(a);
    long m = a.dim(-1);
    Tensor order =
        end == End.SMALLEST
            ? Tensor.arange(k)
            : Tensor.arange(m - 1, m - 1 - k, -1, DType.INT64, Device.CPU);
    Tensor index = order.to(a.device());
    return new Lobpcg(
        all.values().indexSelect(a.rank() - 2, index),
        all.vectors().indexSelect(a.rank() - 1, index));
  }

  private static Lobpcg iterate(Tensor a, int k, Options options) {
    double tolerance =
        options.tolerance > 0
            ? options.tolerance
            : Math.sqrt(a.dtype().bytes() == 4 ? Math.ulp(1f) : Math.ulp(1.0));
    double scale = a.norm().item();
    Tensor start = Tensor.randn(Shape.of(a.dim(0), k)).to(a.dtype()).to(a.device());
    Tensor x = orthonormal(start, options.metric);
    Tensor direction = null;
    Tensor[] state = ritz(a, x, k, options.end);
    x = x.matmul(state[1]);
    for (int i = 0; options.iterations < 0 || i < options.iterations; i++) {
      Tensor image = options.metric == null ? x : options.metric.matmul(x);
      Tensor residual = a.matmul(x).sub(image.mul(state[0]));
      if (!(residual.norm().item() > tolerance * scale)) {
        break;
      }
      Tensor w =
          options.preconditioner == null ? residual : options.preconditioner.matmul(residual);
      Tensor span = direction == null ? Tensor.cat(1, x, w) : Tensor.cat(1, x, w, direction);
      Tensor basis = orthonormal(span, options.metric);
      Tensor[] next = ritz(a, basis, k, options.end);
      Tensor moved = basis.matmul(next[1]);
      Tensor along = options.metric == null ? moved : options.metric.matmul(moved);
      direction = moved.sub(x.matmul(x.t().matmul(along)));
      x = moved;
      state = next;
    }
    return new Lobpcg(state[0], x);
  }

  /** The k outermost eigenvalues of A in a space, and their vectors in its basis. */
  private static Tensor[] ritz(Tensor a, Tensor basis, int k, End end) {
    Tensor small = basis.t().matmul(a.matmul(basis));
    Lobpcg all = exact(small.add(small.t()).mul(0.5), k, end);
    return new Tensor[] {all.values, all.vectors};
  }

  /** A basis of the span, orthonormal in the metric; what depends on the rest is left out. */
  private static Tensor orthonormal(Tensor span, Tensor metric) {
    Tensor q = Linalg.qr(span).q();
    if (metric == null) {
      return q;
    }
    Tensor gram = q.t().matmul(metric.matmul(q));
    Tensor factor = Linalg.cholesky(gram.add(gram.t()).mul(0.5));
    return Linalg.solveTriangular(factor.t(), q, Triangle.UPPER, Side.RIGHT, Diagonal.READ);
  }
}
