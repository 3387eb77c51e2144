package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * A linear layer to many classes and its cross-entropy, whose logits are never whole in memory; see
 * {@link Functional#linearCrossEntropy(Tensor, Tensor, Tensor)}.
 *
 * <pre>{@code
 * var head = new LinearCrossEntropyLoss(768, 50_257);
 * head.call(hidden.reshape(-1, 768), next.reshape(-1)).backward();
 * }</pre>
 */
public final class LinearCrossEntropyLoss extends Module {
  private final long inFeatures;
  private final long numClasses;
  private final long[] outFeatures;
  private Linear linear;
  private Tensor weight;
  private long ignoreIndex = LossFunctions.IGNORE_INDEX;
  private double labelSmoothing;
  private Reduction reduction = Reduction.MEAN;

  /**
   * Without a bias, as PyTorch's.
   *
   * @param outFeatures further dimensions of the targets, [n, d1, ...]
   */
  public LinearCrossEntropyLoss(long inFeatures, long numClasses, long... outFeatures) {
    this(inFeatures, numClasses, outFeatures, linear(inFeatures, numClasses, outFeatures).noBias());
  }

  private LinearCrossEntropyLoss(
      long inFeatures, long numClasses, long[] outFeatures, Linear linear) {
    this.inFeatures = inFeatures;
    this.numClasses = numClasses;
    this.outFeatures = outFeatures.clone();
    this.linear = register("linear", linear);
  }

  private static Linear linear(long inFeatures, long numClasses, long[] outFeatures) {
    return new Linear(inFeatures, numClasses * Shape.of(outFeatures).elements());
  }

  /** As the constructors, with a bias for each class. */
  public static LinearCrossEntropyLoss withBias(
      long inFeatures, long numClasses, long... outFeatures) {
    return new LinearCrossEntropyLoss(
        inFeatures, numClasses, outFeatures, linear(inFeatures, numClasses, outFeatures));
  }

  /** Weighs the classes, [numClasses]; a mean is weighted by those of the targets. */
  public LinearCrossEntropyLoss weight(Tensor value) {
    if (value.rank() != 1 || value.dim(0) != numClasses) {
      throw new ShapeException(
          "LinearCrossEntropyLoss: expects a weight for each of the "
              + numClasses
              + " classes, got shape "
              + value.shape());
    }
    weight = registerBuffer("weight", value);
    return this;
  }

  /** The class that counts nothing; -100 unless set. */
  public LinearCrossEntropyLoss ignoreIndex(long value) {
    ignoreIndex = value;
    return this;
  }

  /** The share of a target that all classes divide between them; 0 unless set. */
  public LinearCrossEntropyLoss labelSmoothing(double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(
          "LinearCrossEntropyLoss: label smoothing must be from 0 to 1, not " + value);
    }
    labelSmoothing = value;
    return this;
  }

  /** The mean unless set. */
  public LinearCrossEntropyLoss reduction(Reduction value) {
    reduction = value;
    return this;
  }

  /** {@link #forward} as a call of this module. */
  public Tensor call(Tensor input, Tensor target) {
    return within(() -> forward(input, target));
  }

  /**
   * The cross entropy of the projected input.
   *
   * @param input [n, inFeatures] or [inFeatures]
   * @param target classes [n, ...] or probabilities [n, numClasses, ...]
   */
  public Tensor forward(Tensor input, Tensor target) {
    long[] sizes = new long[outFeatures.length + 2];
    sizes[0] = numClasses;
    System.arraycopy(outFeatures, 0, sizes, 1, outFeatures.length);
    sizes[sizes.length - 1] = inFeatures;
    return Functional.linearCrossEntropy(
        input,
        linear.weight().reshape(sizes),
        target,
        linear.bias(),
        weight,
        ignoreIndex,
        labelSmoothing,
        reduction);
  }

  @Override
  protected String extra() {
    return "in_features="
        + inFeatures
        + ", num_classes="
        + numClasses
        + ", out_features="
        + Arrays.toString(outFeatures)
        + ", bias="
        + (linear.bias() == null ? "False" : "True")
        + ", reduction="
        + reduction
        + ", ignore_index="
        + ignoreIndex
        + ", label_smoothing="
        + labelSmoothing;
  }
}
