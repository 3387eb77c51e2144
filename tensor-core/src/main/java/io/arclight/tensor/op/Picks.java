package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Index tensors made ready for a kernel: one tensor of indices, or, of several, the offsets that
 * they come to.
 *
 * @param table dense; indices into one dimension, or int64 offsets in elements
 * @param stride of the one dimension; 0 says that {@code table} holds offsets
 * @param size of the one dimension
 */
record Picks(Tensor table, long stride, long size, Bounds bounds, Indexing.OutOfRange error) {
  private record Key(List<DType> dtypes, Bounds bounds) {}

  private static final Map<Key, Executable> OFFSETS = new ConcurrentHashMap<>();

  /** The shape that index tensors broadcast to. */
  static Shape shape(String op, Tensor... index) {
    Shape shape = index[0].shape();
    for (Tensor t : index) {
      Indexing.requireIndex(op, t);
      Elementwise.sameDevice(op, index[0], t);
      try {
        shape = Shape.broadcast(shape, t.shape());
      } catch (ShapeException e) {
        throw new ShapeException(
            op
                + ": the index tensors of shapes "
                + Arrays.toString(Arrays.stream(index).map(Tensor::shape).toArray())
                + " do not broadcast: they must have equal sizes or 1 in every dimension");
      }
    }
    return shape;
  }

  static Picks of(String op, IndexPlan plan, Bounds bounds, Shape shape, Tensor... index) {
    Tensor[] dense = new Tensor[index.length];
    for (int k = 0; k < dense.length; k++) {
      Tensor whole = index[k].detach();
      dense[k] =
          whole.shape().equals(shape)
              ? whole.contiguous()
              : whole.withLayout(whole.layout().expand(shape)).contiguous();
    }
    Indexing.OutOfRange error = new Indexing.OutOfRange(bounds, plan.dims(), plan.sizes(), dense);
    if (dense.length == 1) {
      return new Picks(dense[0], plan.strides()[0], plan.sizes()[0], bounds, error);
    }
    Tensor table = Tensor.allocate(op, shape, DType.INT64, index[0].device());
    Tensor[] buffers = Arrays.copyOf(dense, dense.length + 1);
    buffers[dense.length] = table;
    long[] params = new long[2 * dense.length];
    for (int k = 0; k < dense.length; k++) {
      params[2 * k] = plan.sizes()[k];
      params[2 * k + 1] = plan.strides()[k];
    }
    List<DType> dtypes = Arrays.stream(dense).map(Tensor::dtype).toList();
    OFFSETS
        .computeIfAbsent(new Key(dtypes, bounds), Picks::offsets)
        .launch(op, table.elements(), 1, buffers, params, error);
    return new Picks(table, 0, 0, bounds, null);
  }

  private static Executable offsets(Key key) {
    RowKernel k = new RowKernel("index_offsets");
    int[] index = key.dtypes.stream().mapToInt(k::reads).toArray();
    int out = k.writes(DType.INT64);
    Expr sum = int64(0);
    for (int buffer : index) {
      Expr size = k.param(Type.I64);
      Expr stride = k.param(Type.I64);
      sum = add(sum, mul(Indexing.checked(k, buffer, k.row, size, key.bounds), stride));
    }
    k.add(k.store(out, k.row, sum));
    return k.buildFlat();
  }

  /** What distinguishes kernels that read picks. */
  record Form(DType dtype, Bounds bounds, boolean offsets, boolean unit) {}

  Form form() {
    return new Form(table.dtype(), bounds, stride == 0 && error == null, stride == 1);
  }

  /** Reads offsets in a kernel; takes two parameters. */
  static final class Reader {
    private final RowKernel k;
    private final Form form;
    private final int buffer;
    private final Expr size;
    private final Expr stride;

    Reader(RowKernel k, Form form) {
      this.k = k;
      this.form = form;
      buffer = k.reads(form.dtype);
      size = k.param(Type.I64);
      stride = k.param(Type.I64);
    }

    /** The offset of pick {@code p} in elements. */
    Expr offset(Expr p) {
      if (form.offsets) {
        return k.at(buffer, p, Type.I64);
      }
      Expr at = Indexing.checked(k, buffer, p, size, form.bounds);
      return form.unit ? at : mul(at, stride);
    }
  }
}
