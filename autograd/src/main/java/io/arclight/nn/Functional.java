package io.arclight.nn;

import io.arclight.tensor.Generator;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.LinearOp;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Layers and losses without state. */
public final class Functional {
  private Functional() {}

  /**
   * {@code input weight^T + bias}.
   *
   * @param input [..., in]
   * @param weight [out, in]
   * @param bias [out] or null
   */
  public static Tensor linear(Tensor input, Tensor weight, Tensor bias) {
    if (input.rank() == 0 || input.dim(-1) != weight.dim(1)) {
      throw new ShapeException(
          "linear: expects rows of "
              + weight.dim(1)
              + " features, got shape "
              + input.shape()
              + " for a weight of shape "
              + weight.shape());
    }
    if (bias == null) {
      return input.matmul(weight.t());
    }
    if (input.rank() == 2) {
      return Tensor.apply(new LinearOp(), input, weight, bias);
    }
    long[] sizes = input.shape().toArray();
    sizes[sizes.length - 1] = weight.dim(0);
    Tensor rows = input.reshape(input.elements() / Math.max(1, weight.dim(1)), weight.dim(1));
    return Tensor.apply(new LinearOp(), rows, weight, bias).reshape(sizes);
  }

  /** The rows of {@code weight} [n, d] at {@code input} int64 [...], as [..., d]. */
  public static Tensor embedding(Tensor input, Tensor weight) {
    Tensor rows = weight.indexSelect(0, input.reshape(input.elements()));
    long[] sizes = Arrays.copyOf(input.shape().toArray(), input.rank() + 1);
    sizes[input.rank()] = weight.dim(1);
    return rows.reshape(sizes);
  }

  /**
   * Zeroes elements with probability {@code p}, scales the others by {@code 1 / (1 - p)}. Where the
   * thread has keys for the rows of {@code input} the mask is drawn by sample, else from the
   * standard generator.
   */
  public static Tensor dropout(Tensor input, double p) {
    return Generator.standard().dropout(input, p);
  }

  /** Cross-entropy of {@code logits} [n, classes] against {@code target} int64 [n]. */
  public static Tensor crossEntropy(Tensor logits, Tensor target, Reduction reduction) {
    return reduction.of(logits.crossEntropyRows(target));
  }

  public static Tensor crossEntropy(Tensor logits, Tensor target) {
    return crossEntropy(logits, target, Reduction.MEAN);
  }

  public static Tensor mseLoss(Tensor prediction, Tensor target, Reduction reduction) {
    requireSameShape("mseLoss", prediction, target);
    return reduction.of(prediction.sub(target).square());
  }

  public static Tensor l1Loss(Tensor prediction, Tensor target, Reduction reduction) {
    requireSameShape("l1Loss", prediction, target);
    return reduction.of(prediction.sub(target).abs());
  }

  /** Binary cross-entropy of sigmoid({@code logits}), stable for any logit. */
  public static Tensor binaryCrossEntropyWithLogits(
      Tensor logits, Tensor target, Reduction reduction) {
    requireSameShape("binaryCrossEntropyWithLogits", logits, target);
    return reduction.of(logits.softplus().sub(logits.mul(target)));
  }

  /**
   * What {@code layer} gives with tensors of {@code state} in the place of its parameters and
   * buffers of these names, which are back afterwards: for gradients of functions of parameters.
   *
   * @throws IllegalArgumentException naming entries that the layer does not have
   */
  public static Tensor functionalCall(Layer layer, Map<String, Tensor> state, Tensor input) {
    return functionalCall(layer, state, () -> layer.call(input));
  }

  /** As {@link #functionalCall(Layer, Map, Tensor)}, for any use of a module. */
  public static <T> T functionalCall(Module module, Map<String, Tensor> state, Supplier<T> use) {
    Map<String, Tensor> before = module.swap(state);
    try {
      return use.get();
    } finally {
      module.swap(before);
    }
  }

  /** The states of modules of one kind, stacked by name: for a vmap over the models. */
  public static Map<String, Tensor> stackModuleState(List<? extends Module> modules) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    List<Map<String, Tensor>> states = modules.stream().map(Module::stateDict).toList();
    for (String name : states.get(0).keySet()) {
      out.put(name, Tensor.stack(0, states.stream().map(s -> s.get(name)).toArray(Tensor[]::new)));
    }
    return out;
  }

  private static void requireSameShape(String op, Tensor prediction, Tensor target) {
    if (!prediction.shape().equals(target.shape())) {
      throw new ShapeException(
          op
              + ": prediction "
              + prediction.shape()
              + " and target "
              + target.shape()
              + " must have one shape: broadcasting here is nearly always a mistake; reshape one");
    }
  }
}
