package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * As {@link MaxPoolOp}, with {@code size} windows that cover [n, channels, places...]. Results have
 * the memory order of the input.
 */
public record AdaptiveMaxPoolOp(Shape size) implements MaxPooling {
  @Override
  public Windows windows() {
    return new Windows.Adaptive(size);
  }

  @Override
  public String label() {
    return "adaptiveMaxPool" + size.rank() + "d";
  }

  @Override
  public String name() {
    return "ADAPTIVE_MAX_POOL";
  }

  static OpInfo info() {
    return new OpInfo(
        "adaptive_max_pool",
        FLOATS,
        in ->
            List.of(
                sample(in.any(2, 3, 40), 7),
                sample(in.any(1, 2, 5), 2),
                sample(in.edgeRows().reshape(1, 1, 6, 4), 2, 2).valuesOnly(),
                sample(in.any(1, 2, 6, 8).sign(), 3, 2).valuesOnly(),
                sample(in.any(2, 3, 6, 9), 3, 2),
                sample(in.channelsLast(2, 20, 6, 9), 4, 5),
                sample(in.any(2, 3, 4, 5, 6), 2, 3, 4)),
        in ->
            List.of(
                ErrorSample.of(
                    new AdaptiveMaxPoolOp(Shape.of(2, 2)),
                    ShapeException.class,
                    "adaptiveMaxPool2d: needs elements",
                    in.any(2, 3, 0, 4))));
  }

  private static Sample sample(Tensor x, long... size) {
    Shape shape = Shape.of(size);
    String peer =
        size.length == 1
            ? "torch.adaptive_max_pool1d(x0, " + shape + ")"
            : "torch.adaptive_max_pool" + size.length + "d(x0, " + shape + ")";
    return Sample.of(new AdaptiveMaxPoolOp(shape), x).peer(peer);
  }
}
