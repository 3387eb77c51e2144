package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import java.util.List;

/**
 * The elements [i, i + offset] of two dimensions, as a view whose last dimension they are.
 *
 * @param offset above the main diagonal; negative below
 */
public record DiagonalOp(long offset, int dim1, int dim2) implements ViewOp {
  @Override
  public String name() {
    return "DIAGONAL";
  }

  @Override
  public Layout layout(Layout from) {
    Shape s = from.shape();
    int a = s.wrap(dim1);
    int b = s.wrap(dim2);
    if (a == b) {
      throw new ShapeException(
          "diagonal: the dimensions " + dim1 + " and " + dim2 + " of shape " + s + " are the same");
    }
    long n = Math.max(0, Math.min(s.dim(a) - Math.max(0, -offset), s.dim(b) - Math.max(0, offset)));
    long[] dims = new long[s.rank() - 1];
    long[] strides = new long[s.rank() - 1];
    int at = 0;
    for (int d = 0; d < s.rank(); d++) {
      if (d != a && d != b) {
        dims[at] = s.dim(d);
        strides[at++] = from.strides()[d];
      }
    }
    dims[at] = n;
    strides[at] = from.strides()[a] + from.strides()[b];
    long first = offset < 0 ? -offset * from.strides()[a] : offset * from.strides()[b];
    return new Layout(Shape.of(dims), strides, from.offset() + (n == 0 ? 0 : first));
  }

  @Override
  public DiagonalOp behind(long size) {
    return new DiagonalOp(offset, Batching.behind(dim1), Batching.behind(dim2));
  }

  static OpInfo info() {
    return new OpInfo(
        "diagonal",
        andComplex(ALL),
        in ->
            List.of(
                Sample.of(new DiagonalOp(0, 0, 1), in.any(3, 4)).peer("torch.diagonal(x0)"),
                Sample.of(new DiagonalOp(1, 0, 1), in.any(3, 4)).peer("torch.diagonal(x0, 1)"),
                Sample.of(new DiagonalOp(-1, 1, -1), in.any(2, 3, 4))
                    .peer("torch.diagonal(x0, -1, 1, -1)"),
                Sample.of(new DiagonalOp(9, 0, 1), in.any(3, 4)).peer("torch.diagonal(x0, 9)")),
        in ->
            List.of(
                ErrorSample.of(
                    new DiagonalOp(0, 1, -1), ShapeException.class, "are the same", in.any(3, 4))));
  }
}
