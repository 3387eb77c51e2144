package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The mean of each window of [n, channels, places...]; padding is zeros. The result has the memory
 * order of the input.
 *
 * @param divisor what sums are divided by, or 0 for the elements that {@code counting} says
 */
public record AvgPoolOp(
    Shape kernel, Shape stride, Shape padding, Rounding rounding, Counting counting, long divisor)
    implements Op {
  private Windows windows() {
    return new Windows.Strided(kernel, stride, padding, repeat(1, kernel.rank()), rounding);
  }

  private PoolKernels.Divisor rule() {
    return new PoolKernels.Divisor(counting, divisor);
  }

  private String label() {
    return "avgPool" + kernel.rank() + "d";
  }

  @Override
  public String name() {
    return "AVG_POOL";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    List<Spec> out = Pooling.infer(label(), windows(), in[0]);
    for (int d = 0; kernel.rank() == 3 && d < 3; d++) {
      if (in[0].dim(d + 2) < kernel.dim(d)) {
        // As in PyTorch, which asks this of three dimensions alone.
        throw new ShapeException(
            label()
                + ": windows of "
                + kernel
                + " elements are larger than the input "
                + in[0].shape());
      }
    }
    return out;
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return AvgPoolGradientOp.pool(label(), windows(), rule(), outputs.get(0), in[0]);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Op back = new AvgPoolGradientOp(this, windows(), rule(), Pooling.places(saved.inputShape(0)));
    return new Tensor[] {Tensor.apply(back, grads[0])};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Pooling.batch(this, in[0]);
  }

  static OpInfo info() {
    AvgPoolOp plain = of(Rounding.FLOOR, Counting.INCLUDE_PADDING, 0, 2, 2, 0, 2);
    return new OpInfo(
        "avg_pool",
        FLOATS,
        in -> {
          List<Sample> out = new ArrayList<>();
          out.add(sample(plain, in.any(2, 3, 6, 9)));
          out.add(sample(plain, in.any(1, 1, 4, 5)));
          out.add(sample(plain, in.channelsLast(2, 20, 6, 9)));
          out.add(sample(plain, in.any(0, 3, 6, 9)));
          for (Counting counting : Counting.values()) {
            out.add(sample(of(Rounding.CEIL, counting, 0, 3, 2, 1, 2), in.any(2, 3, 6, 38)));
            out.add(
                sample(of(Rounding.CEIL, counting, 0, 3, 2, 1, 2), in.channelsLast(2, 3, 6, 8)));
          }
          out.add(
              sample(
                  of(Rounding.FLOOR, Counting.INCLUDE_PADDING, 3, 2, 1, 1, 2), in.any(2, 3, 4, 5)));
          out.add(
              sample(
                  of(Rounding.FLOOR, Counting.EXCLUDE_PADDING, 0, 3, 2, 1, 1), in.any(2, 3, 40)));
          out.add(
              sample(
                  of(Rounding.CEIL, Counting.EXCLUDE_PADDING, 0, 2, 3, 1, 3),
                  in.any(2, 3, 4, 5, 6)));
          return out;
        },
        in ->
            List.of(
                ErrorSample.of(
                    plain,
                    ShapeException.class,
                    "avgPool2d: windows of [2, 2] elements do not fit 1 elements",
                    in.any(2, 3, 1, 9)),
                ErrorSample.of(
                    of(Rounding.FLOOR, Counting.INCLUDE_PADDING, 0, 2, 2, 1, 3),
                    ShapeException.class,
                    "avgPool3d: windows of [2, 2, 2] elements are larger than the input",
                    in.any(2, 3, 1, 5, 5)),
                ErrorSample.of(
                    of(Rounding.FLOOR, Counting.INCLUDE_PADDING, 0, 2, 2, 2, 2),
                    ShapeException.class,
                    "must be at most half of the windows",
                    in.any(2, 3, 5, 5))));
  }

  private static AvgPoolOp of(
      Rounding rounding, Counting counting, long divisor, long k, long s, long p, int rank) {
    return new AvgPoolOp(
        repeat(k, rank), repeat(s, rank), repeat(p, rank), rounding, counting, divisor);
  }

  private static Shape repeat(long value, int rank) {
    long[] out = new long[rank];
    java.util.Arrays.fill(out, value);
    return Shape.of(out);
  }

  private static Sample sample(AvgPoolOp op, Tensor x) {
    String peer = "torch.avg_pool1d(x0, %s, %s, %s, %s, %s)";
    if (op.kernel.rank() > 1) {
      peer =
          "torch.avg_pool"
              + op.kernel.rank()
              + "d(x0, %s, %s, %s, %s, %s, "
              + (op.divisor == 0 ? "None" : op.divisor)
              + ")";
    }
    return Sample.of(op, x)
        .peer(
            peer.formatted(
                op.kernel,
                op.stride,
                op.padding,
                op.rounding == Rounding.CEIL ? "True" : "False",
                op.counting == Counting.INCLUDE_PADDING ? "True" : "False"));
  }
}
