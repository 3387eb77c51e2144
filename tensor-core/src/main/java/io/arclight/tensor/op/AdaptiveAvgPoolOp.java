package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * The means of {@code size} windows that cover [n, channels, places...]. The result has the memory
 * order of the input.
 */
public record AdaptiveAvgPoolOp(Shape size) implements Op {
  private Windows windows() {
    return new Windows.Adaptive(size);
  }

  private String label() {
    return "adaptiveAvgPool" + size.rank() + "d";
  }

  @Override
  public String name() {
    return "ADAPTIVE_AVG_POOL";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    if (size.rank() == 3) {
      return Pooling.infer(label(), windows(), x);
    }
    // As PyTorch, which takes no channels in one and two dimensions.
    return List.of(new Spec(windows().result(label(), x), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    PoolKernels.Divisor rule = PoolKernels.Divisor.NONE;
    return AvgPoolGradientOp.pool(label(), windows(), rule, outputs.get(0), in[0]);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Shape places = Pooling.places(saved.inputShape(0));
    Op back = new AvgPoolGradientOp(this, windows(), PoolKernels.Divisor.NONE, places);
    return new Tensor[] {Tensor.apply(back, grads[0])};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Pooling.batch(this, in[0]);
  }

  static OpInfo info() {
    return new OpInfo(
        "adaptive_avg_pool",
        FLOATS,
        in ->
            List.of(
                sample(in.any(2, 1, 40), 7),
                sample(in.any(1, 2, 5), 2),
                sample(in.any(2, 1, 6, 9), 3, 2),
                sample(in.any(2, 1, 6, 9), 1, 1),
                sample(in.channelsLast(2, 20, 6, 9), 4, 5).valuesOnly(),
                sample(in.any(2, 3, 4, 5, 6), 2, 3, 4)),
        in ->
            List.of(
                ErrorSample.of(
                    new AdaptiveAvgPoolOp(Shape.of(2, 2)),
                    ShapeException.class,
                    "adaptiveAvgPool2d: needs elements",
                    in.any(2, 3, 0, 4))));
  }

  private static Sample sample(Tensor x, long... size) {
    Shape shape = Shape.of(size);
    String peer =
        size.length == 1
            ? "torch.adaptive_avg_pool1d(x0, " + shape + ")"
            : "torch.adaptive_avg_pool" + size.length + "d(x0, " + shape + ")";
    return Sample.of(new AdaptiveAvgPoolOp(shape), x).peer(peer);
  }
}
