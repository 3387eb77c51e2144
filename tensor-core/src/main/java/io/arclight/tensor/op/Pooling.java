package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** What poolings share. */
final class Pooling {
  private Pooling() {}

  static List<Spec> infer(String op, Windows windows, Tensor x) {
    requireChannels(op, x);
    return List.of(new Spec(windows.result(op, x), x.dtype(), x.device()));
  }

  static void requireChannels(String op, Tensor x) {
    if (x.rank() > 1 && x.dim(1) == 0) {
      throw new ShapeException(
          op + ": needs elements in every dimension but the batch's, got shape " + x.shape());
    }
  }

  static List<Spec> inferMax(String op, Windows windows, Tensor x) {
    Spec values = infer(op, windows, x).get(0);
    return List.of(values, new Spec(values.shape(), DType.INT64, x.device()));
  }

  static Shape places(Shape shape) {
    return Shape.of(Arrays.copyOfRange(shape.toArray(), 2, shape.rank()));
  }

  static Tensor[] max(String op, Windows windows, List<Spec> specs, Tensor input) {
    Tensor x = input.detach();
    boolean last = ChannelView.isLast(x);
    Tensor y = ChannelView.allocate(op, specs.get(0), last);
    Tensor indices = ChannelView.allocate(op, specs.get(1), last);
    PoolKernels.run(
        op,
        PoolKernels.Pass.MAX,
        windows,
        PoolKernels.Divisor.NONE,
        last,
        places(x.shape()),
        places(y.shape()),
        x,
        indices,
        y);
    return new Tensor[] {y, indices};
  }

  /** The gradient of a maximum over windows. */
  static Tensor maxGradient(String op, Windows windows, Shape shape, Tensor g, Tensor indices) {
    if (RowOps.recording()) {
      return scattered(g, indices, shape);
    }
    boolean last = ChannelView.isLast(indices);
    Tensor dx = ChannelView.allocate(op, new Spec(shape, g.dtype(), g.device()), last);
    PoolKernels.run(
        op,
        PoolKernels.Pass.MAX_GRADIENT,
        windows,
        PoolKernels.Divisor.NONE,
        last,
        places(shape),
        places(g.shape()),
        g,
        indices,
        dx);
    return dx;
  }

  /** Zeros of {@code shape} with {@code g} added where {@code indices} of its planes say. */
  static Tensor scattered(Tensor g, Tensor indices, Shape shape) {
    Shape flat = Shape.of(shape.dim(0), shape.dim(1), places(shape).elements());
    Shape few = Shape.of(shape.dim(0), shape.dim(1), places(g.shape()).elements());
    return RowOps.scattered(g.reshape(few), flat, 2, indices.reshape(few)).reshape(shape);
  }

  /** The rule for batches of an operation on [n, channels, places...] and nothing else. */
  static Tensor[] batch(Op op, Tensor x) {
    long[] dims = x.shape().toArray();
    long[] merged = Arrays.copyOfRange(dims, 1, dims.length);
    merged[0] *= dims[0];
    Tensor[] out = Tensor.applyAll(op, x.reshape(merged));
    for (int i = 0; i < out.length; i++) {
      long[] shape = Arrays.copyOf(dims, dims.length);
      System.arraycopy(out[i].shape().toArray(), 1, shape, 2, dims.length - 2);
      out[i] = out[i].reshape(shape);
    }
    return out;
  }
}
