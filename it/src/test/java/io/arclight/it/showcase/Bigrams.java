package io.arclight.it.showcase;

/** A model that knows how often a token follows another: what a better one is measured by. */
final class Bigrams {
  private final double[][] counts;

  Bigrams(int vocabulary) {
    counts = new double[vocabulary][vocabulary];
  }

  void learn(long... tokens) {
    for (int i = 1; i < tokens.length; i++) {
      counts[(int) tokens[i - 1]][(int) tokens[i]]++;
    }
  }

  /** The sum of the losses in nats of all tokens but the first; each pair counts once more. */
  double loss(long... tokens) {
    double sum = 0;
    for (int i = 1; i < tokens.length; i++) {
      double[] row = counts[(int) tokens[i - 1]];
      double all = row.length;
      for (double count : row) {
        all += count;
      }
      sum -= Math.log((row[(int) tokens[i]] + 1) / all);
    }
    return sum;
  }
}
