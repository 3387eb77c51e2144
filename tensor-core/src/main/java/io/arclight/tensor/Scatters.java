package io.arclight.tensor;

import io.arclight.tensor.op.Bounds;
import io.arclight.tensor.op.IndexPutOp;
import io.arclight.tensor.op.Nonzero;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.ScatterOp;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Indexing made of other operations. */
final class Scatters {
  private Scatters() {}

  /** One way to write values at indices. */
  @FunctionalInterface
  interface Put {
    Tensor at(Combine combine, Tensor base, Tensor values);
  }

  /** Applies {@code function} to a number as to one element of one dimension. */
  static Tensor whole(Tensor x, UnaryOperator<Tensor> function) {
    return x.rank() > 0 ? function.apply(x) : function.apply(x.reshape(1)).reshape(Shape.SCALAR);
  }

  static Tensor scatter(Tensor x, int dim, Combine combine, Tensor index, Tensor source) {
    if (combine == Combine.MEAN) {
      return x.scatterReduce(dim, index, source, combine);
    }
    return Tensor.apply(new ScatterOp(dim, combine), x, index, source);
  }

  static Tensor inPlace(
      String name, Tensor x, int dim, Combine combine, Tensor index, Tensor source) {
    return InPlace.apply(name, new ScatterOp(dim, combine), x, index, source);
  }

  static Tensor slicesInPlace(
      String name, Tensor x, int dim, Combine combine, Tensor index, Tensor source) {
    requireSlices(x, dim, combine, index, source);
    IndexPutOp put = new IndexPutOp(Dim.of(dim), Bounds.STRICT, combine);
    return InPlace.apply(name, put, x, source, index.reshape(-1));
  }

  /** The part of {@code source} that belongs to an index of a smaller shape. */
  static Tensor fit(Tensor source, Tensor index) {
    Tensor out = source;
    for (int d = 0; source.rank() == index.rank() && d < index.rank(); d++) {
      if (index.dim(d) < source.dim(d)) {
        out = out.narrow(d, 0, index.dim(d));
      }
    }
    return out;
  }

  static Tensor slices(Tensor x, int dim, Combine combine, Tensor index, Tensor source) {
    requireSlices(x, dim, combine, index, source);
    Tensor flat = index.reshape(-1);
    return whole(
        x, t -> Tensor.apply(new IndexPutOp(Dim.of(dim), Bounds.STRICT, combine), t, source, flat));
  }

  private static void requireSlices(
      Tensor x, int dim, Combine combine, Tensor index, Tensor source) {
    boolean fits = index.rank() <= 1 && (x.rank() == 0 || source.rank() == x.rank());
    for (int d = 0; fits && d < x.rank(); d++) {
      long size = d == x.shape().wrap(dim) ? index.elements() : x.dim(d);
      fits = source.dim(d) == size;
    }
    if (!fits) {
      throw new ShapeException(
          "index"
              + (combine == Combine.SUM ? "Add" : "Copy")
              + ": the source must have a slice for each of the indices, of shape "
              + index.shape()
              + ", along dimension "
              + dim
              + " of "
              + x.shape()
              + ", got shape "
              + source.shape());
    }
  }

  /** Combines values, with or without the elements that they are written to. */
  static Tensor reduce(Tensor x, Tensor source, Combine combine, Combine.Self own, Put put) {
    if (combine == Combine.REPLACE) {
      throw new TensorException("scatterReduce: REPLACE combines nothing: use scatter");
    }
    Tensor one = Tensor.full(Shape.SCALAR, 1, x.dtype(), x.device());
    Tensor base = x;
    if (own == Combine.Self.EXCLUDED) {
      Number neutral =
          switch (combine) {
            case PROD -> 1;
            case AMAX -> least(x.dtype());
            case AMIN -> greatest(x.dtype());
            default -> 0;
          };
      Tensor start = Tensor.full(Shape.SCALAR, neutral, x.dtype(), x.device());
      base = put.at(Combine.REPLACE, x, start.expand(source.shape()));
    }
    if (combine != Combine.MEAN) {
      return put.at(combine, base, source);
    }
    Tensor sum = put.at(Combine.SUM, base, source);
    Tensor ones = one.expand(source.shape());
    Tensor count =
        own == Combine.Self.INCLUDED
            ? put.at(Combine.SUM, one.expand(x.shape()), ones)
            : Tensor.apply(
                Pointwise.MAXIMUM.with(null, 1), put.at(Combine.SUM, x.zerosLike(), ones));
    return x.dtype().isFloatingPoint() ? sum.div(count) : sum.floorDivide(count);
  }

  static Tensor takeAlongDim(Tensor x, Tensor index, int dim) {
    if (x.rank() != index.rank()) {
      throw new ShapeException(
          "takeAlongDim: the index of shape "
              + index.shape()
              + " must have as many dimensions as the tensor of shape "
              + x.shape());
    }
    int d = x.shape().wrap(dim);
    long[] own = x.shape().toArray();
    long[] picks = index.shape().toArray();
    long[] without = own.clone();
    without[d] = 1;
    long[] other = picks.clone();
    other[d] = 1;
    Shape common = Shape.broadcast(Shape.of(without), Shape.of(other));
    for (int i = 0; i < own.length; i++) {
      own[i] = i == d ? own[i] : common.dim(i);
      picks[i] = i == d ? picks[i] : common.dim(i);
    }
    return x.expand(own).gather(d, index.expand(picks));
  }

  static void requireMask(String op, Tensor mask) {
    if (mask.dtype() != DType.BOOL) {
      throw new DTypeException(
          op + ": the mask must be bool, not " + mask.dtype() + ": compare first");
    }
  }

  static Tensor maskedScatter(Tensor x, Tensor mask, Tensor source) {
    requireMask("maskedScatter", mask);
    Shape shape = Shape.broadcast(x.shape(), mask.shape());
    Tensor places = Nonzero.flat(mask.expand(shape));
    long count = places.elements();
    if (source.elements() < count) {
      throw new ShapeException(
          "maskedScatter: the mask holds at "
              + count
              + " elements, the source has only "
              + source.elements());
    }
    return Tensor.apply(
            new IndexPutOp(Dim.of(0), Bounds.STRICT, Combine.REPLACE),
            x.expand(shape).reshape(-1),
            source.flatten().narrow(0, 0, count),
            places)
        .reshape(shape);
  }

  /** int64 [rank, count]. */
  static Tensor nonzero(Tensor x) {
    Tensor mask = x.detach();
    mask = x.dtype() == DType.BOOL ? mask : mask.ne(0);
    if (x.rank() == 0) {
      long count = Nonzero.flat(mask.reshape(1)).elements();
      return Tensor.empty(Shape.of(0, count), DType.INT64, x.device());
    }
    return Nonzero.coordinates(mask);
  }

  static Tensor[] unravel(Tensor index, Shape shape) {
    if (!index.dtype().isInteger()) {
      throw new DTypeException("unravelIndex: the indices must be integers, not " + index.dtype());
    }
    Tensor[] out = new Tensor[shape.rank()];
    Tensor rest = index;
    for (int d = out.length - 1; d >= 0; d--) {
      out[d] = rest.remainder(shape.dim(d));
      rest =
          rest.floorDivide(Tensor.full(Shape.SCALAR, shape.dim(d), index.dtype(), index.device()));
    }
    return out;
  }

  static Tensor[] broadcast(Tensor... tensors) {
    Shape shape = broadcast(Arrays.stream(tensors).map(Tensor::shape).toArray(Shape[]::new));
    return Arrays.stream(tensors).map(t -> t.expand(shape)).toArray(Tensor[]::new);
  }

  static Shape broadcast(Shape... shapes) {
    Shape out = Shape.SCALAR;
    for (Shape s : shapes) {
      out = Shape.broadcast(out, s);
    }
    return out;
  }

  private static Number least(DType dtype) {
    return dtype.isFloatingPoint()
        ? Double.NEGATIVE_INFINITY
        : (Number) (dtype == DType.BOOL ? 0 : dtype.type().least());
  }

  private static Number greatest(DType dtype) {
    return dtype.isFloatingPoint()
        ? Double.POSITIVE_INFINITY
        : (Number) (dtype == DType.BOOL ? 1 : dtype.type().greatest());
  }
}
