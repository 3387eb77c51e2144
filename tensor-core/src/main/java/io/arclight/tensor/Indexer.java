package io.arclight.tensor;

import io.arclight.tensor.op.Bounds;
import io.arclight.tensor.op.IndexOp;
import io.arclight.tensor.op.IndexPutOp;
import io.arclight.tensor.op.Nonzero;
import io.arclight.tensor.op.Pointwise;
import java.util.ArrayList;
import java.util.List;

/**
 * An index applied to a tensor: first a view by its plain entries, then what tensors pick of it.
 * Zero-dimensional integer tensors are plain entries, as in PyTorch.
 */
final class Indexer {
  /** A tensor among the entries, which indexes the view from {@code dim} on. */
  private record Part(int dim, Tensor tensor) {
    boolean mask() {
      return tensor.dtype() == DType.BOOL;
    }
  }

  private final String op;
  private final Tensor whole;
  private final Index[] entries;
  private final List<Part> parts = new ArrayList<>();
  private Tensor view;

  Indexer(String op, Tensor x, Index... entries) {
    this.op = op;
    whole = x;
    this.entries = entries;
    view = x;
    int left = x.rank() - consumed(x, entries);
    boolean open = true;
    int dim = 0;
    for (int i = 0; i < entries.length; i++) {
      Index entry = entries[i];
      if (entry instanceof Index.At at) {
        select(dim, at.index());
      } else if (entry instanceof Index.Slice s) {
        view = s.equals(Index.ALL) ? view : view.slice(dim, s.start(), s.end(), s.step());
        dim++;
      } else if (entry instanceof Index.Ellipsis) {
        if (!open) {
          throw new ShapeException(op + ": an index can hold only one ELLIPSIS");
        }
        open = false;
        dim += left;
      } else if (entry instanceof Index.NewAxis) {
        view = view.unsqueeze(dim++);
      } else if (entry instanceof Index.Tensors t) {
        dim = tensor(dim, i, t.tensor());
      }
    }
  }

  private int consumed(Tensor x, Index... entries) {
    int n = 0;
    for (Index entry : entries) {
      if (entry instanceof Index.At || entry instanceof Index.Slice) {
        n++;
      } else if (entry instanceof Index.Tensors t) {
        n += t.tensor().dtype() == DType.BOOL ? t.tensor().rank() : 1;
      }
    }
    if (n > x.rank()) {
      throw new ShapeException(
          op
              + ": too many indices: "
              + n
              + " for a tensor of "
              + x.rank()
              + " dimensions, shape "
              + x.shape());
    }
    return n;
  }

  private void select(int dim, long index) {
    long n = view.dim(dim);
    if (index < -n || index >= n) {
      throw new ShapeException(
          op
              + ": index "
              + index
              + " is out of range for dimension "
              + dim
              + " of size "
              + n
              + " in shape "
              + view.shape());
    }
    view = view.select(dim, index);
  }

  /** Returns the dimension after those that {@code index} takes. */
  private int tensor(int dim, int entry, Tensor index) {
    boolean mask = index.dtype() == DType.BOOL;
    if (!mask && index.rank() == 0 && index.dtype().isInteger()) {
      select(dim, index.itemLong());
      return dim;
    }
    if (!mask && index.dtype() != DType.INT64 && index.dtype() != DType.INT32) {
      throw new DTypeException(
          op
              + ": the tensor at entry "
              + entry
              + " is "
              + index.dtype()
              + ": indices must be int64 or int32, masks bool");
    }
    // As in PyTorch a small index may come from the host.
    Tensor here = index.device().equals(Device.CPU) ? index.to(view.device()) : index;
    if (mask && index.rank() == 0) {
      view = view.unsqueeze(dim);
      here = here.reshape(1);
    }
    for (int d = 0; mask && d < here.rank(); d++) {
      if (here.dim(d) != view.dim(dim + d)) {
        throw new ShapeException(
            op
                + ": the mask at entry "
                + entry
                + " of shape "
                + index.shape()
                + " does not match the indexed tensor of shape "
                + view.shape()
                + ": dimension "
                + d
                + " of the mask has size "
                + here.dim(d)
                + ", dimension "
                + (dim + d)
                + " of the tensor "
                + view.dim(dim + d));
      }
    }
    parts.add(new Part(dim, here));
    return dim + (mask ? here.rank() : 1);
  }

  /** A single mask of several dimensions indexes these as one, where the strides allow it. */
  private void mergeMask() {
    if (parts.size() != 1 || !parts.get(0).mask() || parts.get(0).tensor.rank() < 2) {
      return;
    }
    Part p = parts.get(0);
    long[] dims = view.shape().toArray();
    int rank = p.tensor.rank();
    long[] merged = new long[dims.length - rank + 1];
    System.arraycopy(dims, 0, merged, 0, p.dim);
    merged[p.dim] = p.tensor.elements();
    System.arraycopy(dims, p.dim + rank, merged, p.dim + 1, dims.length - rank - p.dim);
    Shape target = Shape.of(merged);
    if (view.layout().reshape(target) != null) {
      view = view.reshape(target);
      parts.set(0, new Part(p.dim, p.tensor.flatten()));
    }
  }

  Tensor get() {
    mergeMask();
    return parts.isEmpty() ? view : apply(view);
  }

  private Tensor apply(Tensor x) {
    List<Integer> dims = new ArrayList<>();
    List<Tensor> in = new ArrayList<>(List.of(x));
    resolve(dims, in);
    return Tensor.apply(new IndexOp(dim(dims), Bounds.WRAP), in.toArray(new Tensor[0]));
  }

  private static Dim dim(List<Integer> dims) {
    return Dim.of(dims.stream().mapToInt(i -> i).toArray());
  }

  /** Adds the indexed dimensions and their index tensors; masks become the places they hold at. */
  private void resolve(List<Integer> dims, List<Tensor> index) {
    for (Part p : parts) {
      if (!p.mask()) {
        dims.add(p.dim);
        index.add(p.tensor);
        continue;
      }
      Tensor places = Nonzero.coordinates(p.tensor);
      for (int d = 0; d < p.tensor.rank(); d++) {
        dims.add(p.dim + d);
        index.add(places.select(0, d));
      }
    }
  }

  /** The tensor with {@code values} written, as a tensor of its own. */
  Tensor put(Tensor values, Combine combine) {
    if (view == whole && !parts.isEmpty()) {
      List<Integer> dims = new ArrayList<>();
      Tensor[] in = operands(values, dims);
      return Tensor.apply(new IndexPutOp(dim(dims), Bounds.WRAP, combine), in);
    }
    Tensor copy = whole.copy();
    new Indexer(op, copy, entries).set(values, combine);
    return copy;
  }

  /** Writes {@code values} into the tensor. */
  void set(Tensor values, Combine combine) {
    mergeMask();
    Tensor fitting = values.dtype() == view.dtype() ? values : values.to(view.dtype());
    fitting = fitting.rank() == 0 ? fitting.to(view.device()) : fitting;
    if (!parts.isEmpty()) {
      List<Integer> dims = new ArrayList<>();
      Tensor[] in = operands(fitting, dims);
      Tensor[] others = java.util.Arrays.copyOfRange(in, 1, in.length);
      IndexPutOp put = new IndexPutOp(dim(dims), Bounds.WRAP, combine);
      InPlace.apply("index_put_", put, view, others);
    } else if (combine == Combine.REPLACE) {
      view.copyInPlace(withoutLeadingOnes(fitting, view.rank()));
    } else {
      throw new TensorException(op + ": " + combine + " needs a tensor among the entries");
    }
  }

  /** Writes one value into the tensor. */
  void set(Number value) {
    if (parts.isEmpty()) {
      view.fillInPlace(value);
    } else if (parts.size() == 1 && parts.get(0).mask()) {
      Part p = parts.get(0);
      Tensor mask = p.tensor;
      while (mask.rank() < view.rank() - p.dim) {
        mask = mask.unsqueeze(-1);
      }
      InPlace.apply("index_put_", Pointwise.MASKED_FILL.with(null, null, value), view, mask);
    } else {
      set(Tensor.full(Shape.SCALAR, value, view.dtype(), view.device()), Combine.REPLACE);
    }
  }

  private Tensor[] operands(Tensor values, List<Integer> dims) {
    List<Tensor> in = new ArrayList<>();
    in.add(view);
    in.add(values);
    resolve(dims, in);
    int rank = new IndexOp(dim(dims), Bounds.WRAP).infer(without(in, 1)).get(0).shape().rank();
    in.set(1, withoutLeadingOnes(values, rank));
    return in.toArray(new Tensor[0]);
  }

  private static Tensor[] without(List<Tensor> list, int at) {
    List<Tensor> out = new ArrayList<>(list);
    out.remove(at);
    return out.toArray(new Tensor[0]);
  }

  /** Values may have more dimensions than their place, of size 1. */
  private static Tensor withoutLeadingOnes(Tensor values, int rank) {
    Tensor out = values;
    while (out.rank() > rank && out.dim(0) == 1) {
      out = out.select(0, 0);
    }
    return out;
  }
}
