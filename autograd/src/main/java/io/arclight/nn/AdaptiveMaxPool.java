package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The largest elements of windows that cover the input: what the layers by dimension share. */
public abstract class AdaptiveMaxPool extends Layer {
  private final long[] size;

  AdaptiveMaxPool(long... outputSize) {
    size = outputSize.clone();
  }

  abstract Pooled pooled(Tensor input, long[] size);

  @Override
  public final Tensor forward(Tensor input) {
    return pooled(input, size).values();
  }

  /** As {@link #call}, with the elements' places: PyTorch's {@code return_indices}. */
  public final Pooled callWithIndices(Tensor input) {
    return within(() -> pooled(input, size));
  }

  @Override
  protected String extra() {
    return "output_size=" + text(size);
  }

  static String text(long[] size) {
    String all =
        Arrays.stream(size)
            .mapToObj(s -> s == Functional.SAME ? "None" : Long.toString(s))
            .collect(Collectors.joining(", "));
    return size.length == 1 ? all : "(" + all + ")";
  }
}
