package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/**
 * A layer that takes its number of inputs from the first tensor that it sees, or from a state that
 * is loaded; from then on it stands for the layer it made, under the same names. Before, it has no
 * parameters to ask for; moves and modes are kept for them.
 */
public abstract class LazyLayer<L extends Layer> extends Layer {
  private final LongFunction<L> make;
  private final UnaryOperator<L> options;
  private final List<UnaryOperator<Tensor>> conversions = new ArrayList<>();
  private L layer;

  /**
   * @param make the layer for inputs of some features or channels, without options
   */
  LazyLayer(LongFunction<L> make, UnaryOperator<L> options) {
    this.make = make;
    this.options = options;
  }

  /** How many features or channels {@code input} has. */
  abstract long size(Tensor input);

  /** As {@link #size}, of the first saved tensor of {@link #keys}. */
  abstract long sizeOfSaved(Tensor saved);

  /** The names of tensors whose shapes say the size. */
  List<String> keys() {
    return List.of("weight");
  }

  /** The layer that it became; null before. */
  public final L layer() {
    return layer;
  }

  @Override
  public final Tensor forward(Tensor input) {
    if (layer == null) {
      become(size(input));
    }
    return layer.call(input);
  }

  final void materialise(Map<String, Tensor> state, String prefix) {
    for (String key : keys()) {
      Tensor saved = state.get(prefix + key);
      if (layer == null && saved != null) {
        become(sizeOfSaved(saved));
      }
    }
  }

  final L of(long size) {
    return options.apply(make.apply(size));
  }

  private void become(long size) {
    L made = of(size);
    conversions.forEach(change -> Conversion.convert(made, change));
    if (!isTraining()) {
      made.eval();
    }
    ownChildren().put("", made);
    layer = made;
  }

  @Override
  final void requireReady() {
    if (layer == null) {
      throw new IllegalStateException(
          this
              + " has no parameters yet: call the model once with an example, or load a state, "
              + "before asking for its parameters, buffers or state");
    }
  }

  @Override
  final void converting(UnaryOperator<Tensor> change) {
    if (layer == null) {
      conversions.add(change);
    }
  }
}
