package io.arclight.optim;

import io.arclight.tensor.Tensor;
import java.util.List;

/** Adam whose weight decay shrinks the parameter directly (Loshchilov and Hutter, 2019). */
public final class AdamW extends Adam {
  private static final double LR = 1e-3;
  private static final double WEIGHT_DECAY = 1e-2;

  /** A learning rate of 1e-3 and a weight decay of 0.01. */
  public AdamW(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public AdamW(List<Tensor> parameters, double lr) {
    super(parameters, lr, WEIGHT_DECAY, true);
  }
}
