package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.NUMBERS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * The same bytes in another dtype; the last dimension grows or shrinks where the sizes of elements
 * differ.
 */
public record ReinterpretOp(DType dtype, DType from) implements ViewOp {
  @Override
  public String name() {
    return "VIEW_DTYPE";
  }

  @Override
  public boolean ofMemory() {
    return true;
  }

  @Override
  public Layout layout(Layout at) {
    int before = from.bytes();
    int after = dtype.bytes();
    if (before == after) {
      return at;
    }
    Shape s = at.shape();
    int last = s.rank() - 1;
    if (last < 0 || at.strides()[last] != 1 && s.dim(last) > 1) {
      throw new ShapeException(
          problem(s) + ": the elements of the last dimension must lie side by side");
    }
    long[] dims = s.toArray();
    long[] strides = at.strides().clone();
    if (after < before) {
      int parts = before / after;
      dims[last] *= parts;
      for (int d = 0; d < last; d++) {
        strides[d] *= parts;
      }
      strides[last] = 1;
      return new Layout(Shape.of(dims), strides, at.offset() * parts);
    }
    int parts = after / before;
    boolean fits = dims[last] % parts == 0 && at.offset() % parts == 0;
    for (int d = 0; d < last; d++) {
      fits &= strides[d] % parts == 0;
      strides[d] /= parts;
    }
    if (!fits) {
      throw new ShapeException(
          problem(s)
              + ": the size of the last dimension, the other strides and the offset must be"
              + " multiples of "
              + parts);
    }
    dims[last] /= parts;
    strides[last] = 1;
    return new Layout(Shape.of(dims), strides, at.offset() / parts);
  }

  private String problem(Shape shape) {
    return "view: a " + from + " tensor of shape " + shape + " cannot be seen as " + dtype;
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    if (in[0].dtype() != from) {
      throw new DTypeException("view: expects a " + from + " tensor, got " + in[0].dtype());
    }
    if (dtype == DType.BOOL && from != DType.BOOL) {
      throw new DTypeException(
          problem(in[0].shape()) + ": bool has only the bytes 0 and 1: compare with ne(0)");
    }
    return List.of(new Spec(layout(in[0].layout()).shape(), dtype, in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return new Tensor[] {in[0].withLayout(layout(in[0].layout()), dtype)};
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  static OpInfo info() {
    OpInfo info =
        new OpInfo(
            "view_dtype",
            NUMBERS,
            in ->
                List.of(
                    Sample.of(new ReinterpretOp(DType.UINT8, in.dtype()), in.any(3, 2)),
                    Sample.of(new ReinterpretOp(in.dtype(), in.dtype()), in.any(3, 2))),
            in ->
                List.of(
                    ErrorSample.of(
                        new ReinterpretOp(DType.UINT8, DType.INT64),
                        ShapeException.class,
                        "the elements of the last dimension must lie side by side",
                        in.index(1, 3, 2).t()),
                    ErrorSample.of(
                        new ReinterpretOp(DType.INT64, DType.INT32),
                        ShapeException.class,
                        "must be multiples of 2",
                        in.index(1, 3).to(DType.INT32)),
                    ErrorSample.of(
                        new ReinterpretOp(DType.UINT8, DType.FLOAT64),
                        DTypeException.class,
                        "view: expects a float64 tensor, got int64",
                        in.index(1, 2)),
                    ErrorSample.of(
                        new ReinterpretOp(DType.BOOL, in.dtype()),
                        DTypeException.class,
                        "cannot be seen as bool",
                        in.any(2))));
    return info.withoutPeer("TorchScript has no view by dtype");
  }
}
