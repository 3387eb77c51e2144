package io.arclight.optim;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Collection;
import java.util.List;

/** Limits gradients before a step. */
public final class Clip {
  private static final double EPS = 1e-6;

  private Clip() {}

  /**
   * Scales all gradients so that their Euclidean norm together is at most {@code max}.
   *
   * @return the norm before, a scalar; NaN or infinite if a gradient is
   */
  public static Tensor gradNorm(List<Tensor> parameters, double max) {
    return Scope.run(
        () -> {
          try (Context.Restore mode = Autograd.noGrad()) {
            Collection<FusedGradients> all = FusedGradients.of(parameters);
            Tensor total =
                all.stream()
                    .map(FusedGradients::sumOfSquares)
                    .reduce(Tensor::add)
                    .map(Tensor::sqrt)
                    .orElseGet(() -> Tensor.scalar(0f));
            Tensor factor = total.add(EPS).reciprocal().mul(max).clamp(null, 1.0);
            all.forEach(grads -> grads.scale(factor));
            return total;
          }
        });
  }

  /** Limits every element of every gradient to [-max, max]. */
  public static void gradValue(List<Tensor> parameters, double max) {
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      FusedGradients.of(parameters).forEach(grads -> grads.limit(max));
    }
  }
}
