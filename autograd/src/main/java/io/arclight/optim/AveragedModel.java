package io.arclight.optim;

import io.arclight.autograd.Autograd;
import io.arclight.nn.BatchNorm;
import io.arclight.nn.Layer;
import io.arclight.nn.Module;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A layer whose parameters are averages of those that another has over time: with equal weights
 * (SWA), or with exponentially falling ones (EMA).
 *
 * <pre>{@code
 * var averaged = new AveragedModel(model, () -> new Mlp(784, 128, 10)).ema(0.999);
 * optimizer.step();
 * averaged.updateParameters(model);
 * }</pre>
 */
public final class AveragedModel extends Layer {
  /** Changes an average by the next value, in place. */
  @FunctionalInterface
  public interface Average {
    /**
     * Takes {@code next} into {@code average}.
     *
     * @param count of the values that are in {@code average} already, at least 1
     */
    void add(Tensor average, Tensor next, long count);
  }

  /** Which tensors are averaged. */
  public enum Buffers {
    /** Buffers are copied as they are. */
    COPIED,
    /** Buffers are averaged too, where they are floating-point. */
    AVERAGED
  }

  private final Tensor count =
      registerBuffer("n_averaged", Tensor.zeros(Shape.SCALAR, DType.INT64));
  private final Layer module;
  private Average average = AveragedModel::equally;
  private Buffers buffers = Buffers.COPIED;

  /**
   * @param another makes another layer as {@code model}, which takes its state
   */
  public AveragedModel(Layer model, Supplier<? extends Layer> another) {
    module = register("module", another.get());
    if (module == model) {
      throw new IllegalArgumentException("AveragedModel: needs a layer of its own, not the model");
    }
    model.parameters().stream().findFirst().ifPresent(p -> module.to(p.device()).to(p.dtype()));
    module.loadStateDict(model.stateDict());
  }

  /** Weighs each value by {@code decay} less than the next. */
  public AveragedModel ema(double decay) {
    Optimizer.requireShare("decay", decay);
    return average((mean, next, n) -> mean.copyInPlace(mean.lerp(next, 1 - decay)));
  }

  /** With a mean of one's own. */
  public AveragedModel average(Average how) {
    average = how;
    return this;
  }

  /** With copied or averaged buffers. */
  public AveragedModel buffers(Buffers how) {
    buffers = how;
    return this;
  }

  private static void equally(Tensor mean, Tensor next, long n) {
    mean.addInPlace(next.sub(mean).div(n + 1));
  }

  /** The layer with the averages. */
  public Layer module() {
    return module;
  }

  /** Takes the state of {@code model} into the averages; the first time it is copied. */
  public void updateParameters(Module model) {
    try (Context.Restore mode = Autograd.noGrad()) {
      update(module.namedParameters(), model.namedParameters(), true);
      update(module.namedBuffers(), model.namedBuffers(), buffers == Buffers.AVERAGED);
      count.addInPlace(1);
    }
  }

  private void update(Map<String, Tensor> own, Map<String, Tensor> others, boolean averaged) {
    if (!own.keySet().equals(others.keySet())) {
      throw new IllegalArgumentException(
          "updateParameters: averages of " + own.keySet() + " from " + others.keySet());
    }
    long n = Math.round(count.item());
    Iterator<Tensor> next = others.values().iterator();
    for (Tensor mean : own.values()) {
      Tensor value = next.next().detach().to(mean.device());
      if (n > 0 && averaged && mean.dtype().isDifferentiable()) {
        average.add(mean, value, n);
      } else {
        mean.copyInPlace(value);
      }
    }
  }

  /**
   * Computes the running statistics of all batch normalisations anew, as means over {@code
   * batches}: those of other weights do not fit the averages.
   *
   * <pre>{@code
   * averaged.updateBn(inputs);
   * }</pre>
   */
  public void updateBn(Iterable<Tensor> batches) {
    Map<BatchNorm<?>, Optional<Double>> momenta = new LinkedHashMap<>();
    for (Module part : module.namedModules().values()) {
      if (part instanceof BatchNorm<?> norm) {
        momenta.put(norm, Optional.ofNullable(norm.momentum()));
        norm.resetRunningStats();
        norm.cumulative();
      }
    }
    boolean training = isTraining();
    train();
    try (Context.Restore mode = Autograd.noGrad()) {
      if (!momenta.isEmpty()) {
        batches.forEach(this::runThrough);
      }
    } finally {
      momenta.forEach((norm, momentum) -> momentum.ifPresent(norm::momentum));
      if (!training) {
        eval();
      }
    }
  }

  private void runThrough(Tensor batch) {
    try (Scope scope = Scope.open()) {
      call(batch);
    }
  }

  @Override
  public Tensor forward(Tensor input) {
    return module.call(input);
  }
}
