package io.arclight.nn;

import io.arclight.tensor.Dim;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** Distances and norms. */
abstract class DistanceFunctions extends VisionFunctions {
  DistanceFunctions() {}

  /** {@code x1 . x2 / (max(|x1|, eps) max(|x2|, eps))} along dimension 1, eps being 1e-8. */
  public static Tensor cosineSimilarity(Tensor x1, Tensor x2) {
    return cosineSimilarity(x1, x2, 1, 1e-8);
  }

  /** As above along {@code dim}; the inputs broadcast. */
  public static Tensor cosineSimilarity(Tensor x1, Tensor x2, int dim, double eps) {
    return unit(x1, dim, eps).mul(unit(x2, dim, eps)).sum(dim);
  }

  /** Gradients are as if norms were not clamped, at their clamped values: PyTorch's. */
  private static Tensor unit(Tensor x, int dim, double eps) {
    Tensor norm = x.norm(2, Dim.of(dim), Dim.Keep.KEEP);
    Tensor missing = norm.detach().clamp(eps, null).sub(norm.detach());
    return x.div(norm.add(missing));
  }

  /** The distance along the last dimension, of p = 2 and eps = 1e-6. */
  public static Tensor pairwiseDistance(Tensor x1, Tensor x2) {
    return pairwiseDistance(x1, x2, 2, 1e-6, Dim.Keep.DROP);
  }

  /** The p-norm of {@code x1 - x2 + eps} along the last dimension; the inputs broadcast. */
  public static Tensor pairwiseDistance(Tensor x1, Tensor x2, double p, double eps, Dim.Keep keep) {
    return x1.sub(x2).add(eps).norm(p, Dim.of(-1), keep);
  }

  /** Euclidean distances between all rows of [n, d], as [n (n - 1) / 2]. */
  public static Tensor pdist(Tensor input) {
    return pdist(input, 2);
  }

  /** The p-norm distances between rows i below j of [n, d], as [n (n - 1) / 2]. */
  public static Tensor pdist(Tensor input, double p) {
    if (input.rank() != 2) {
      throw new ShapeException("pdist: expects rows [n, d], got shape " + input.shape());
    }
    long n = input.dim(0);
    Tensor[] pairs = Tensor.triuIndices(n, n, 1).to(input.device()).unbind(0);
    Tensor flat = input.cdist(input, p).reshape(n * n);
    return flat.indexSelect(0, pairs[0].mul(n).add(pairs[1]));
  }
}
