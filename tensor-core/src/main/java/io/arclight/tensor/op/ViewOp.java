package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/** Operations that give another view of the same memory. */
public sealed interface ViewOp extends Op {

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

  /** The same view of every slice along a leading axis of {@code size}. */
  ViewOp behind(long size);

  @Override
  default Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return Tensor.applyAll(behind(size), inputs);
  }

  /** The view as a gradient rule: the gradient put back at its place among zeros. */
  @Override
  default Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {Tensor.apply(new Unview(this, saved.inputShape(0)), grads[0])};
  }

  /** Another shape over the same elements in order. */
  record View(Shape target) implements ViewOp {
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
      dims[dim] = (hi - lo + step - 1) / step;
      strides[dim] *= step;
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
      Tensor place = out.withLayout(of.layout(out.layout()));
      Pointwise.SECOND.evalInto(place, place, in[0]);
      return new Tensor[] {out};
    }

    @Override
    public Tensor[] vjp(Vjp saved, Tensor... grads) {
      return new Tensor[] {Tensor.apply(of, grads[0])};
    }

    @Override
    public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
      if (of instanceof Expand) {
        return Batching.loop(this, size, batched, in);
      }
      return Tensor.applyAll(new Unview(of.behind(size), Batching.lead(size, shape)), in);
    }
  }

  /** A copy of the first input with the second where the view {@code of} looks. */
  record ViewScatter(ViewOp of) implements Op {
    @Override
    public String name() {
      return of.name() + "_SCATTER";
    }

    @Override
    public List<Spec> infer(Tensor... in) {
      Shape place = of.layout(Layout.contiguous(in[0].shape())).shape();
      if (!place.equals(in[1].shape()) || in[0].dtype() != in[1].dtype()) {
        throw new ShapeException(
            name().toLowerCase(java.util.Locale.ROOT)
                + ": the source must be "
                + in[0].dtype()
                + " "
                + place
                + ", got "
                + in[1].dtype()
                + " "
                + in[1].shape());
      }
      Elementwise.sameDevice(name(), in[0], in[1]);
      return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
    }

    @Override
    public Tensor[] eval(List<Spec> outputs, Tensor... in) {
      Tensor out = Tensor.allocate(name(), outputs.get(0));
      Pointwise.SECOND.evalInto(out, out, in[0]);
      Tensor place = out.withLayout(of.layout(out.layout()));
      Pointwise.SECOND.evalInto(place, place, in[1]);
      return new Tensor[] {out};
    }

    @Override
    public Tensor[] vjp(Vjp saved, Tensor... grads) {
      Tensor g = grads[0];
      Tensor none = Tensor.zeros(saved.inputShape(1), g.dtype(), g.device());
      return new Tensor[] {
        saved.needs(0) ? Tensor.apply(this, g, none) : null,
        saved.needs(1) ? of instanceof View v ? g.reshape(v.target) : Tensor.apply(of, g) : null
      };
    }

    @Override
    public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
      if (of instanceof Expand) {
        return Batching.loop(this, size, batched, in);
      }
      return Tensor.applyAll(
          new ViewScatter(of.behind(size)),
          Batching.batched(size, batched[0], in[0]),
          Batching.batched(size, batched[1], in[1]));
    }
  }

  static List<OpInfo> infos() {
    return List.of(
        new OpInfo(
            "view",
            ALL,
            in ->
                List.of(
                    Sample.of(new ViewOp.View(Shape.of(6, 2)), in.any(3, 4)),
                    Sample.of(new ViewOp.View(Shape.of(2, 1, 2, 2)), in.any(4, 4).slice(0, 0, 2))),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.View(Shape.of(12)),
                        ShapeException.class,
                        "without copying",
                        in.transposed(3, 4)))),
        OpInfo.of(
            "permute",
            ALL,
            in -> List.of(Sample.of(new ViewOp.Permute(Dim.of(2, 0, 1)), in.any(2, 3, 4)))),
        new OpInfo(
            "expand",
            ALL,
            in -> List.of(Sample.of(new ViewOp.Expand(Shape.of(2, 3, 4)), in.any(3, 1))),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.Expand(Shape.of(2, 3)),
                        ShapeException.class,
                        "does not broadcast",
                        in.any(2, 2)))),
        new OpInfo(
            "select",
            ALL,
            in -> List.of(Sample.of(new ViewOp.Select(1, -1), in.any(2, 3))),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.Select(0, 2),
                        ShapeException.class,
                        "out of range",
                        in.any(2, 3)))),
        OpInfo.of(
            "view_scatter",
            ALL,
            in ->
                List.of(
                    Sample.of(new ViewScatter(new Select(1, 2)), in.any(2, 3), in.any(2)),
                    Sample.of(new ViewScatter(new Slice(0, 1, 4, 2)), in.any(5, 2), in.any(2, 2)),
                    Sample.of(
                        new ViewScatter(new View(Shape.of(6))), in.transposed(2, 3), in.any(6)))),
        OpInfo.of(
            "slice",
            ALL,
            in ->
                List.of(
                    Sample.of(new ViewOp.Slice(0, 1, 6, 2), in.any(7, 2)),
                    Sample.of(new ViewOp.Slice(0, -3, 99, 1), in.any(7, 2)))));
  }
}
