package io.arclight.tensor;

/** The product of a chain of matrices, by the order that dynamic programming finds the cheapest. */
final class MultiDot {
  private MultiDot() {}

  static Tensor multiDot(Tensor... factors) {
    int n = factors.length;
    if (n == 0) {
      throw new ShapeException("multiDot: needs at least one tensor");
    }
    if (n == 1) {
      return factors[0];
    }
    boolean row = factors[0].rank() == 1;
    boolean column = factors[n - 1].rank() == 1;
    Tensor[] chain = factors.clone();
    chain[0] = row ? chain[0].unsqueeze(0) : chain[0];
    chain[n - 1] = column ? chain[n - 1].unsqueeze(1) : chain[n - 1];
    for (int i = 0; i < n; i++) {
      boolean fits = chain[i].rank() == 2 && (i == 0 || chain[i - 1].dim(1) == chain[i].dim(0));
      if (!fits) {
        throw new ShapeException(
            "multiDot: tensor "
                + i
                + " of shape "
                + factors[i].shape()
                + (i == 0 ? "" : " after one of shape " + factors[i - 1].shape())
                + " does not fit: expects matrices that multiply, first and last may be vectors");
      }
    }
    Tensor out = multiply(chain, order(chain), 0, n - 1);
    out = column ? out.select(1, 0) : out;
    return row ? out.select(0, 0) : out;
  }

  /** For each stretch of the chain where it is best cut. */
  private static int[][] order(Tensor[] chain) {
    int n = chain.length;
    double[][] cost = new double[n][n];
    int[][] cut = new int[n][n];
    for (int length = 1; length < n; length++) {
      for (int i = 0; i + length < n; i++) {
        int j = i + length;
        cost[i][j] = Double.POSITIVE_INFINITY;
        for (int k = i; k < j; k++) {
          double multiplications = (double) chain[i].dim(0) * chain[k].dim(1) * chain[j].dim(1);
          double total = cost[i][k] + cost[k + 1][j] + multiplications;
          if (total < cost[i][j]) {
            cost[i][j] = total;
            cut[i][j] = k;
          }
        }
      }
    }
    return cut;
  }

  private static Tensor multiply(Tensor[] chain, int[][] cut, int i, int j) {
    if (i == j) {
      return chain[i];
    }
    int k = cut[i][j];
    return multiply(chain, cut, i, k).mm(multiply(chain, cut, k + 1, j));
  }
}
