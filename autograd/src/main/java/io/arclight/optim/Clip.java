package io.arclight.optim;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
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
            Tensor[] norms =
                parameters.stream()
                    .filter(p -> p.grad() != null)
                    .map(p -> p.grad().norm())
                    .toArray(Tensor[]::new);
            if (norms.length == 0) {
              return Tensor.scalar(0f);
            }
            Tensor total = Tensor.stack(0, norms).norm();
            Tensor factor = total.add(EPS).reciprocal().mul(max).clamp(null, 1.0);
            for (Tensor parameter : parameters) {
              if (parameter.grad() != null) {
                parameter.grad().mulInPlace(factor);
              }
            }
            return total;
          }
        });
  }

  /** Limits every element of every gradient to [-max, max]. */
  public static void gradValue(List<Tensor> parameters, double max) {
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      for (Tensor parameter : parameters) {
        Tensor grad = parameter.grad();
        if (grad != null) {
          grad.copyInPlace(grad.clamp(-max, max));
        }
      }
    }
  }
}
