package io.arclight.optim;

import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** What the optimizers of Adam's family share: running moments, and the options of these. */
abstract class MomentOptimizer<S extends MomentOptimizer<S>> extends Optimizer {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPS = 1e-8;

  MomentOptimizer(List<Tensor> parameters, double lr, double weightDecay, Map<String, Object> own) {
    super(parameters, defaults(lr, weightDecay, own));
  }

  private static Map<String, Object> defaults(
      double lr, double weightDecay, Map<String, Object> own) {
    Map<String, Object> out =
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "betas",
            requireBetas(BETA1, BETA2),
            "eps",
            EPS,
            "weight_decay",
            weightDecay);
    out.putAll(own);
    return out;
  }

  abstract S self();

  /** Decay rates of the first and second moment; 0.9 and 0.999 unless set. */
  public S betas(double first, double second) {
    set("betas", requireBetas(first, second));
    return self();
  }

  /** Added to the denominator; 1e-8 unless set. */
  public S eps(double value) {
    set("eps", requireAtLeastZero("eps", value));
    return self();
  }

  public S weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return self();
  }
}
