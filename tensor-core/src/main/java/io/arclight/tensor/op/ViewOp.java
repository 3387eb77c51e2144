package io.arclight.tensor.op;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/** Operations that give another view of the same memory. */
public sealed interface ViewOp extends Op
    permits ViewOp.View,
        ViewOp.Permute,
        ViewOp.Expand,
        ViewOp.Select,
        ViewOp.Slice,
        DiagonalOp,
        UnfoldOp,
        AsStridedOp,
        ReinterpretOp,
        ComplexViewOp {

  /** The view's layout, or a ShapeException. */
  Layout layout(Layout from);

  @Override
  default String name() {
    return getClass().getSimpleName().toUpperCase(java.util.Locale.ROOT);
  }

  @Override
  default List<Spec> infer(Tensor... in) {
    return List.of(new Spec(layout(in[0].layout()).shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  default Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return new Tensor[] {in[0].view(this, layout(in[0].layout()))};
  }

  @Override
  default boolean view() {
    return true;
  }

  /** The same view of every slice along a leading axis of {@code size}; null if there is none. */
  default ViewOp behind(long size) {
    return null;
  }

  @Override
  default Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    ViewOp all = behind(size);
    return all == null ? Batching.loop(this, size, batched, inputs) : Tensor.applyAll(all, inputs);
  }

  /** Whether the result, or whether there is one, depends on the input's strides. */
  default boolean ofMemory() {
    return false;
  }

  /** The view as a gradient rule: the gradient put back at its place among zeros. */
  @Override
  default Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {Tensor.apply(new Unview(this, saved.inputShape(0)), grads[0])};
  }

  /** Another shape over the same elements in order. */
  record View(Shape target) implements ViewOp {
    @Override
    public boolean ofMemory() {
      return true;
    }

    @Override
    public Layout layout(Layout from) {
      Layout l = from.shape().elements() == target.elements() ? from.reshape(target) : null;
      if (l == null) {
        throw new ShapeException(
            "view: a tensor of shape "
                + from.shape()
                + " and strides "
                + java.util.Arrays.toString(from.strides())
                + " cannot be seen as "
                + target
                + " without copying: use reshape");
      }
      return l;
    }

    @Override
    public Tensor[] vjp(Vjp saved, Tensor... grads) {
      return new Tensor[] {grads[0].reshape(saved.inputShape(0))};
    }

    @Override
    public View behind(long size) {
      return new View(Batching.lead(size, target));
    }

    @Override
    public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
      return new Tensor[] {inputs[0].reshape(behind(size).target)};
    }
  }

  /** Dimensions in another order. */
  record Permute(Dim order) implements ViewOp {
    @Override
    public Layout layout(Layout from) {
      return from.permute(order.dims());
    }

    @Override
    public Tensor[] vjp(Vjp saved, Tensor... grads) {
      int[] inverse = new int[order.dims().length];
      for (int i = 0; i < inverse.length; i++) {
        inverse[order.dims()[i]] = i;
      }
      return new Tensor[] {grads[0].permute(inverse)};
    }

    @Override
    public Permute behind(long size) {
      int[] next = new int[order.dims().length + 1];
      for (int i = 1; i < next.length; i++) {
        next[i] = order.dims()[i - 1] + 1;
      }
      return new Permute(Dim.of(next));
    }
  }

  /** Dimensions of size 1 repeated, new leading dimensions added. */
  record Expand(Shape target) implements ViewOp {
    @Override
    public Layout layout(Layout from) {
      Shape s = from.shape();
      boolean fits = s.rank() <= target.rank();
      for (int i = 1; fits && i <= s.rank(); i++) {
        fits = s.dim(-i) == 1 || s.dim(-i) == target.dim(-i);
      }
      if (!fits) {
        throw new ShapeException(
            "expand: shape "
                + s
                + " does not broadcast to "
                + target
                + ": only dimensions of size 1 can grow");
      }
      return from.expand(target);
    }

    /** The caller undoes broadcasting. */
    @Override
    public Tensor[] vjp(Vjp saved, Tensor... grads) {
      return new Tensor[] {grads[0]};
    }

    @Override
    public Expand behind(long size) {
      return new Expand(Batching.lead(size, target));
    }

    @Override
    public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
      return Tensor.applyAll(behind(size), Elementwise.raise(inputs[0], target.rank()));
    }
  }

  /** One index of a dimension, which goes. */
  record Select(int dim, long index) implements ViewOp {
    @Override
    public Layout layout(Layout from) {
      long n = from.shape().dim(dim);
      if (index < -n || index >= n) {
        throw new ShapeException(
            "select: index "
                + index
                + " is out of range for dimension "
                + dim
                + " of size "
                + n
                + " in shape "
                + from.shape());
      }
      int rank = from.shape().rank();
      long[] dims = new long[rank - 1];
      long[] strides = new long[rank - 1];
      for (int i = 0, j = 0; i < rank; i++) {
        if (i != dim) {
          dims[j] = from.shape().dim(i);
          strides[j++] = from.strides()[i];
        }
      }
      long at = index < 0 ? index + n : index;
      return new Layout(Shape.of(dims), strides, from.offset() + at * from.strides()[dim]);
    }

    @Override
    public Select behind(long size) {
      return new Select(dim + 1, index);
    }
  }

  /** Indices start, start + step, ... below end. */
  record Slice(int dim, long start, long end, long step) implements ViewOp {
    @Override
    public Layout layout(Layout from) {
      if (step <= 0) {
        throw new ShapeException("slice: step must be positive, not " + step);
      }
      long n = from.shape().dim(dim);
      long lo = Math.min(n, Math.max(0, start < 0 ? start + n : start));
      long hi = Math.min(n, Math.max(lo, end < 0 ? end + n : end));
      long[] dims = from.shape().toArray();
      long[] strides = from.strides().clone();
      dims[dim] = hi == lo ? 0 : (hi - lo - 1) / step + 1;
      strides[dim] *= dims[dim] > 1 ? step : 1;
      return new Layout(Shape.of(dims), strides, from.offset() + lo * from.strides()[dim]);
    }

    @Override
    public Slice behind(long size) {
      return new Slice(dim + 1, start, end, step);
    }
  }

  /** Zeros of {@code shape} with the input where the view {@code of} looks. */
  record Unview(ViewOp of, Shape shape) implements Op {
    @Override
    public String name() {
      return "UN" + of.name();
    }

    @Override
    public List<Spec> infer(Tensor... in) {
      return List.of(new Spec(shape, in[0].dtype(), in[0].device()));
    }

    @Override
    public Tensor[] eval(List<Spec> outputs, Tensor... in) {
      Tensor out = Tensor.zeros(shape, in[0].dtype(), in[0].device());
      Layout place = of.layout(out.layout());
      if (Strides.overlap(place)) {
        return new Tensor[] {
          Strides.add(out.reshape(-1), place, in[0]).withLayout(Layout.contiguous(shape))
        };
      }
      Tensor view = out.withLayout(place);
      Pointwise.SECOND.evalInto(view, view, in[0]);
      return new Tensor[] {out};
    }

    @Override
    public Tensor[] vjp(Vjp saved, Tensor... grads) {
      return new Tensor[] {Tensor.apply(of, grads[0])};
    }

    @Override
    public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
      ViewOp all = of.behind(size);
      return all == null || of instanceof Expand
          ? Batching.loop(this, size, batched, in)
          : Tensor.applyAll(new Unview(all, Batching.lead(size, shape)), in);
    }
  }

  static List<OpInfo> infos() {
    return ViewSamples.infos();
  }
}
