package io.arclight.tensor.op;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Windows of {@code size} elements, {@code step} apart, as a view with them last. */
public record UnfoldOp(int dim, long size, long step) implements ViewOp {
  @Override
  public String name() {
    return "UNFOLD";
  }

  @Override
  public Layout layout(Layout from) {
    Shape s = from.shape();
    boolean number = s.rank() == 0;
    int d = number ? 0 : s.wrap(dim);
    long n = number ? 1 : s.dim(d);
    if (size < 0 || size > n) {
      throw new ShapeException(
          "unfold: windows of "
              + size
              + " elements do not fit dimension "
              + dim
              + " of size "
              + n
              + " in shape "
              + s);
    }
    if (step <= 0) {
      throw new ShapeException("unfold: step must be positive, not " + step);
    }
    long[] dims = Arrays.copyOf(s.toArray(), s.rank() + 1);
    long[] strides = Arrays.copyOf(from.strides(), s.rank() + 1);
    dims[s.rank()] = size;
    strides[s.rank()] = number ? 1 : from.strides()[d];
    if (!number) {
      dims[d] = (n - size) / step + 1;
      strides[d] *= step;
    }
    return new Layout(Shape.of(dims), strides, from.offset());
  }

  @Override
  public Tensor[] batch(long batch, boolean[] batched, Tensor... in) {
    if (in[0].rank() == 1) {
      return Batching.loop(this, batch, batched, in);
    }
    return Tensor.applyAll(new UnfoldOp(Batching.behind(dim), size, step), in);
  }

  static OpInfo info() {
    return new OpInfo(
        "unfold",
        DTypes.andComplex(DTypes.ALL),
        in ->
            List.of(
                Sample.of(new UnfoldOp(0, 3, 1), in.any(7)).peer("x0.unfold(0, 3, 1)"),
                Sample.of(new UnfoldOp(1, 2, 2), in.any(3, 7)).peer("x0.unfold(1, 2, 2)"),
                Sample.of(new UnfoldOp(-2, 3, 2), in.any(5, 2)).peer("x0.unfold(-2, 3, 2)"),
                Sample.of(new UnfoldOp(0, 1, 1), in.any()).peer("x0.unfold(0, 1, 1)")),
        in ->
            List.of(
                ErrorSample.of(
                    new UnfoldOp(0, 8, 1), ShapeException.class, "do not fit", in.any(7)),
                ErrorSample.of(
                    new UnfoldOp(0, 2, 0), ShapeException.class, "must be positive", in.any(7))));
  }
}
