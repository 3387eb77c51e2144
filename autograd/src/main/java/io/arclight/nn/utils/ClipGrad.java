package io.arclight.nn.utils;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** Limits gradients before a step. */
public final class ClipGrad {
  private static final double EPS = 1e-6;
  private static final double EUCLIDEAN = 2;

  private ClipGrad() {}

  /** What to do about a norm that is NaN or infinite. */
  public enum NonFinite {
    /** It is returned, and scales gradients as it does. */
    KEEP,
    /** It is an error, and gradients stay as they are. */
    FAIL
  }

  /**
   * Scales all gradients so that their Euclidean norm together is at most {@code maxNorm}.
   *
   * @return the norm before, a scalar; NaN or infinite if a gradient is
   */
  public static Tensor clipGradNorm(List<Tensor> parameters, double maxNorm) {
    return clipGradNorm(parameters, maxNorm, EUCLIDEAN, NonFinite.KEEP);
  }

  /** As {@link #clipGradNorm(List, double)}, with the norm of order {@code normType}. */
  public static Tensor clipGradNorm(List<Tensor> parameters, double maxNorm, double normType) {
    return clipGradNorm(parameters, maxNorm, normType, NonFinite.KEEP);
  }

  /**
   * As {@link #clipGradNorm(List, double)}, with the norm of order {@code normType}.
   *
   * @throws TensorException with {@link NonFinite#FAIL}, if the norm is NaN or infinite
   */
  public static Tensor clipGradNorm(
      List<Tensor> parameters, double maxNorm, double normType, NonFinite nonFinite) {
    return Scope.run(
        () -> {
          Tensor total = totalNorm(gradients(parameters), normType, nonFinite);
          clipGradsWithNorm(parameters, maxNorm, total);
          return total;
        });
  }

  /** The Euclidean norm of all elements of {@code tensors}, such as gradients, a scalar. */
  public static Tensor totalNorm(List<Tensor> tensors) {
    return totalNorm(tensors, EUCLIDEAN, NonFinite.KEEP);
  }

  /**
   * The norm of order {@code normType} of all elements of {@code tensors}, a scalar; infinity gives
   * the largest.
   *
   * @throws TensorException with {@link NonFinite#FAIL}, if the norm is NaN or infinite
   */
  public static Tensor totalNorm(List<Tensor> tensors, double normType, NonFinite nonFinite) {
    return Scope.run(
        () -> {
          try (Context.Restore mode = Autograd.noGrad()) {
            Tensor total = norm(tensors, normType);
            if (nonFinite == NonFinite.FAIL && !Double.isFinite(total.item())) {
              throw new TensorException(
                  "the norm of order "
                      + normType
                      + " of the gradients is "
                      + total.item()
                      + ", so they cannot be clipped by it: look for the operation with"
                      + " detectAnomaly(), or skip the step");
            }
            return total;
          }
        });
  }

  private static Tensor norm(List<Tensor> tensors, double order) {
    Collection<FusedGradients> all = FusedGradients.of(tensors);
    if (order == EUCLIDEAN) {
      return joined(all, FusedGradients::sumOfSquares, Tensor::add).sqrt();
    }
    boolean real = tensors.stream().noneMatch(t -> t.dtype().isComplex());
    if (order == Double.POSITIVE_INFINITY && real) {
      return joined(all, FusedGradients::largest, Tensor::maximum);
    }
    List<Tensor> norms = tensors.stream().map(t -> Linalg.vectorNorm(t, order)).toList();
    return norms.isEmpty()
        ? Tensor.scalar(0f)
        : Linalg.vectorNorm(
            Tensor.stack(
                0, norms.stream().map(n -> n.to(norms.get(0).device())).toArray(Tensor[]::new)),
            order);
  }

  private static Tensor joined(
      Collection<FusedGradients> all,
      Function<FusedGradients, Tensor> part,
      BinaryOperator<Tensor> join) {
    return all.stream().map(part).reduce(join).orElseGet(() -> Tensor.scalar(0f));
  }

  /** Scales all gradients by {@code maxNorm / totalNorm} where that is less than one. */
  public static void clipGradsWithNorm(List<Tensor> parameters, double maxNorm, Tensor totalNorm) {
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      Tensor factor = totalNorm.add(EPS).reciprocal().mul(maxNorm).clamp(null, 1.0);
      FusedGradients.of(gradients(parameters)).forEach(grads -> grads.scale(factor));
    }
  }

  /** Limits every element of every gradient to [-clipValue, clipValue]. */
  public static void clipGradValue(List<Tensor> parameters, double clipValue) {
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      FusedGradients.of(gradients(parameters)).forEach(grads -> grads.limit(clipValue));
    }
  }

  private static List<Tensor> gradients(List<Tensor> parameters) {
    return parameters.stream().map(Tensor::grad).filter(Objects::nonNull).toList();
  }
}
