package io.arclight.amp;

import io.arclight.autograd.Autograd;
import io.arclight.nn.utils.ClipGrad;
import io.arclight.optim.Optimizer;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Scales losses so that gradients of float16 do not vanish, and skips steps in which they are
 * infinite or NaN: then the scale halves; after 2000 steps without it doubles.
 *
 * <pre>{@code
 * scaler.scale(loss).backward();
 * scaler.unscale(optimizer);
 * ClipGrad.clipGradNorm(model.parameters(), 1);
 * scaler.step(optimizer);
 * scaler.update();
 * }</pre>
 */
public final class GradScaler {
  private static final float INITIAL = 65536;

  private enum Stage {
    READY,
    UNSCALED,
    STEPPED
  }

  /** What happened to an optimizer's gradients since the last update. */
  private static final class Progress {
    private Stage stage = Stage.READY;
    private boolean checked;
    private boolean nonFinite;
  }

  private final IdentityHashMap<Optimizer, Progress> progress = new IdentityHashMap<>();
  private boolean enabled = true;
  private float scale = INITIAL;
  private double growthFactor = 2;
  private double backoffFactor = 0.5;
  private long growthInterval = 2000;
  private long growthTracker;

  /** The first scale; 65536 unless set. */
  public GradScaler initScale(double value) {
    scale = (float) value;
    return this;
  }

  /** By what the scale grows, more than 1; 2 unless set. */
  public GradScaler growthFactor(double value) {
    if (!(value > 1)) {
      throw new IllegalArgumentException("the growth factor must be more than 1, not " + value);
    }
    growthFactor = value;
    return this;
  }

  /** By what the scale shrinks, less than 1; 0.5 unless set. */
  public GradScaler backoffFactor(double value) {
    if (!(value < 1)) {
      throw new IllegalArgumentException("the backoff factor must be less than 1, not " + value);
    }
    backoffFactor = value;
    return this;
  }

  /** After how many steps without infinite gradients the scale grows; 2000 unless set. */
  public GradScaler growthInterval(long steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("the growth interval must be at least 1, not " + steps);
    }
    growthInterval = steps;
    return this;
  }

  /** Makes all calls do what the same loop does without a scaler. */
  public GradScaler disabled() {
    enabled = false;
    return this;
  }

  /** Whether it scales at all. */
  public boolean isEnabled() {
    return enabled;
  }

  /** The scale now; 1 when disabled. */
  public double scale() {
    return enabled ? scale : 1;
  }

  /** By what the scale grows. */
  public double growthFactor() {
    return growthFactor;
  }

  /** By what the scale falls after gradients that are not finite. */
  public double backoffFactor() {
    return backoffFactor;
  }

  /** After how many good steps the scale grows. */
  public long growthInterval() {
    return growthInterval;
  }

  /** {@code loss} times the scale, in its dtype. */
  public Tensor scale(Tensor loss) {
    return enabled ? loss.mul(scale) : loss;
  }

  /**
   * Divides the gradients of {@code optimizer} by the scale, before they are looked at or clipped;
   * {@link #step} does where it was not done.
   *
   * @throws IllegalStateException if it was done since the last {@link #update()}
   * @throws IllegalArgumentException for parameters of float16, whose gradients cannot be unscaled
   */
  public void unscale(Optimizer optimizer) {
    if (!enabled) {
      return;
    }
    Progress now = progress(optimizer);
    if (now.stage != Stage.READY) {
      throw new IllegalStateException(
          now.stage == Stage.UNSCALED
              ? "unscale: the gradients of this optimizer were unscaled since the last update()"
              : "unscale: this optimizer has made its step; call update() first");
    }
    List<Tensor> grads =
        optimizer.parameters().stream().map(Tensor::grad).filter(Objects::nonNull).toList();
    for (Tensor grad : grads) {
      if (grad.dtype() == DType.FLOAT16) {
        throw new IllegalArgumentException(
            "unscale: a gradient of shape "
                + grad.shape()
                + " is float16: keep parameters in float32 and run the model in an Autocast"
                + " region");
      }
    }
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      double inverse = (float) (1 / (double) scale);
      grads.forEach(grad -> grad.mulInPlace(inverse));
      double most =
          ClipGrad.totalNorm(grads, Double.POSITIVE_INFINITY, ClipGrad.NonFinite.KEEP).item();
      now.nonFinite = !Double.isFinite(most);
      now.checked = !grads.isEmpty();
    }
    now.stage = Stage.UNSCALED;
  }

  /**
   * Lets {@code optimizer} make its step, unless a gradient is infinite or NaN.
   *
   * @return whether it did
   * @throws IllegalStateException if it was called since the last {@link #update()}, or if there
   *     are no gradients
   */
  public boolean step(Optimizer optimizer) {
    if (!enabled) {
      optimizer.step();
      return true;
    }
    Progress now = progress(optimizer);
    if (now.stage == Stage.STEPPED) {
      throw new IllegalStateException(
          "step: this optimizer has made its step since the last update()");
    }
    if (now.stage == Stage.READY) {
      unscale(optimizer);
    }
    if (!now.checked) {
      throw new IllegalStateException(
          "step: no parameter of this optimizer has a gradient: call scale(loss).backward() before");
    }
    if (!now.nonFinite) {
      optimizer.step();
    }
    now.stage = Stage.STEPPED;
    return !now.nonFinite;
  }

  /**
   * Sets the scale for the next step: less if any optimizer's gradients were infinite or NaN.
   *
   * @throws IllegalStateException if no optimizer's gradients were looked at
   */
  public void update() {
    if (!enabled) {
      return;
    }
    if (progress.values().stream().noneMatch(p -> p.checked)) {
      throw new IllegalStateException(
          "update: no gradients were looked at since the last one: call step(optimizer) before");
    }
    if (progress.values().stream().anyMatch(p -> p.nonFinite)) {
      scale = (float) (scale * backoffFactor);
      growthTracker = 0;
    } else if (++growthTracker == growthInterval) {
      float grown = (float) (scale * growthFactor);
      scale = Float.isFinite(grown) ? grown : scale;
      growthTracker = 0;
    }
    progress.clear();
  }

  /** Sets the scale to {@code next}. */
  public void update(double next) {
    if (enabled) {
      scale = (float) next;
      progress.clear();
    }
  }

  private Progress progress(Optimizer optimizer) {
    return progress.computeIfAbsent(optimizer, k -> new Progress());
  }

  /** Scale and schedule, by PyTorch's names; empty when disabled. */
  public Map<String, Object> stateDict() {
    Map<String, Object> out = new LinkedHashMap<>();
    if (enabled) {
      out.put("scale", scale());
      out.put("growth_factor", growthFactor);
      out.put("backoff_factor", backoffFactor);
      out.put("growth_interval", growthInterval);
      out.put("_growth_tracker", growthTracker);
    }
    return out;
  }

  /** Continues where {@link #stateDict()} was taken. */
  public void loadStateDict(Map<String, Object> state) {
    if (!enabled) {
      return;
    }
    for (String name : stateDict().keySet()) {
      if (!(state.get(name) instanceof Number)) {
        throw new IllegalArgumentException(
            "the state of a scaler needs the numbers "
                + stateDict().keySet()
                + ", but it has "
                + state.keySet()
                + "; was it saved from a disabled one?");
      }
    }
    scale = number(state, "scale").floatValue();
    growthFactor(number(state, "growth_factor").doubleValue());
    backoffFactor(number(state, "backoff_factor").doubleValue());
    growthInterval(number(state, "growth_interval").longValue());
    growthTracker = number(state, "_growth_tracker").longValue();
  }

  private static Number number(Map<String, Object> state, String name) {
    return (Number) state.get(name);
  }
}
