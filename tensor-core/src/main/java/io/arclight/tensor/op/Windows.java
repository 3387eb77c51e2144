package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.Arrays;

/** Where the windows of a pooling lie, along each of its dimensions. */
sealed interface Windows {
  /** Of what windows' elements are along a dimension: {@code first + t * step}, t below taps. */
  record Span(Expr first, Expr taps, long step) {}

  int rank();

  /** Windows along dimension {@code d} over {@code in} elements. */
  long count(String op, int d, long in);

  /** The elements of window {@code o} that are in the input. */
  Span span(int d, Expr o, Expr in, Expr out);

  /** The first of the windows that may hold element {@code p}. */
  Expr firstWith(int d, Expr p, Expr in, Expr out);

  /** After the last of them. */
  Expr endWith(int d, Expr p, Expr in, Expr out);

  /** The elements of window {@code o} that an average divides by. */
  Expr size(int d, Expr o, Expr in, Expr out, Counting counting);

  /** [n, channels, places...] of this rank, with a place at least: the places of the result. */
  default Shape places(String op, Tensor x) {
    RowOps.requireFloat(op, x);
    if (x.rank() != rank() + 2) {
      throw new ShapeException(
          op
              + ": expects [n, channels, places...] of "
              + (rank() + 2)
              + " dimensions, got shape "
              + x.shape());
    }
    long[] dims = new long[rank()];
    for (int d = 0; d < dims.length; d++) {
      if (x.dim(d + 2) == 0) {
        throw new ShapeException(
            op + ": needs elements in every dimension but the batch's, got shape " + x.shape());
      }
      dims[d] = count(op, d, x.dim(d + 2));
    }
    return Shape.of(dims);
  }

  /** The shape of the result of pooling {@code x}. */
  default Shape result(String op, Tensor x) {
    Shape places = places(op, x);
    long[] dims = Arrays.copyOf(x.shape().toArray(), x.rank());
    System.arraycopy(places.toArray(), 0, dims, 2, places.rank());
    return Shape.of(dims);
  }

  /** Windows of one size at regular distances, over an input with padding around it. */
  record Strided(Shape kernel, Shape stride, Shape padding, Shape dilation, Rounding rounding)
      implements Windows {
    @Override
    public int rank() {
      return kernel.rank();
    }

    private long reach(int d) {
      return dilation.dim(d) * (kernel.dim(d) - 1) + 1;
    }

    @Override
    public long count(String op, int d, long in) {
      long k = kernel.dim(d);
      long s = stride.dim(d);
      long p = padding.dim(d);
      if (k < 1 || s < 1 || dilation.dim(d) < 1 || p < 0) {
        throw new ShapeException(
            op
                + ": kernel "
                + kernel
                + ", stride "
                + stride
                + " and dilation "
                + dilation
                + " must be positive, padding "
                + padding
                + " not negative");
      }
      if (p > reach(d) / 2) {
        throw new ShapeException(
            op
                + ": padding "
                + padding
                + " must be at most half of the windows of "
                + kernel
                + " elements");
      }
      long room = in + 2 * p - reach(d) + (rounding == Rounding.CEIL ? s - 1 : 0);
      long n = Math.floorDiv(room, s) + 1;
      if (rounding == Rounding.CEIL && (n - 1) * s >= in + p) {
        n--;
      }
      if (n < 1) {
        throw new ShapeException(
            op
                + ": windows of "
                + kernel
                + " elements do not fit "
                + in
                + " elements with padding "
                + padding);
      }
      return n;
    }

    /** Where window {@code o} begins, perhaps in the padding. */
    Expr begin(int d, Expr o) {
      return sub(mul(o, int64(stride.dim(d))), int64(padding.dim(d)));
    }

    @Override
    public Span span(int d, Expr o, Expr in, Expr out) {
      long step = dilation.dim(d);
      Expr begin = begin(d, o);
      Expr outside = max(int64(0), sub(int64(0), begin));
      Expr skipped = div(add(outside, int64(step - 1)), int64(step));
      Expr room = div(add(sub(in, begin), int64(step - 1)), int64(step));
      Expr end = min(int64(kernel.dim(d)), room);
      return new Span(add(begin, mul(skipped, int64(step))), sub(end, skipped), step);
    }

    @Override
    public Expr firstWith(int d, Expr p, Expr in, Expr out) {
      long s = stride.dim(d);
      Expr before = sub(add(p, int64(padding.dim(d))), int64(reach(d) - 1));
      return max(int64(0), div(add(max(before, int64(0)), int64(s - 1)), int64(s)));
    }

    @Override
    public Expr endWith(int d, Expr p, Expr in, Expr out) {
      return min(out, add(lastWith(d, p), int64(1)));
    }

    /** The last window that begins at or before {@code p}. */
    Expr lastWith(int d, Expr p) {
      return div(add(p, int64(padding.dim(d))), int64(stride.dim(d)));
    }

    /** The most windows that hold one element. */
    long overlap(int d) {
      return (reach(d) + stride.dim(d) - 1) / stride.dim(d);
    }

    Expr holds(int d, Expr o, Expr p) {
      return lt(sub(p, begin(d, o)), int64(reach(d)));
    }

    @Override
    public Expr size(int d, Expr o, Expr in, Expr out, Counting counting) {
      Expr begin = begin(d, o);
      Expr end = add(begin, int64(kernel.dim(d)));
      return counting == Counting.INCLUDE_PADDING
          ? sub(min(end, add(in, int64(padding.dim(d)))), begin)
          : sub(min(end, in), max(begin, int64(0)));
    }
  }

  /** So many windows that cover the input. */
  record Adaptive(Shape size) implements Windows {
    @Override
    public int rank() {
      return size.rank();
    }

    @Override
    public long count(String op, int d, long in) {
      return size.dim(d);
    }

    @Override
    public Span span(int d, Expr o, Expr in, Expr out) {
      Expr first = div(mul(o, in), out);
      Expr end = div(add(mul(add(o, int64(1)), in), sub(out, int64(1))), out);
      return new Span(first, sub(end, first), 1);
    }

    @Override
    public Expr firstWith(int d, Expr p, Expr in, Expr out) {
      return div(mul(p, out), in);
    }

    @Override
    public Expr endWith(int d, Expr p, Expr in, Expr out) {
      return div(add(mul(add(p, int64(1)), out), sub(in, int64(1))), in);
    }

    @Override
    public Expr size(int d, Expr o, Expr in, Expr out, Counting counting) {
      return span(d, o, in, out).taps();
    }
  }
}
