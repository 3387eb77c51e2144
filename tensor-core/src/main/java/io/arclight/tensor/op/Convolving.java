package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/** What the three operations of convolutions share. */
final class Convolving {
  private Convolving() {}

  /** The dimensions behind the first two. */
  static Shape sizes(Shape shape) {
    return Shape.of(Arrays.copyOfRange(shape.toArray(), 2, shape.rank()));
  }

  static Shape shape(long first, long second, Shape sizes) {
    long[] dims = new long[sizes.rank() + 2];
    dims[0] = first;
    dims[1] = second;
    System.arraycopy(sizes.toArray(), 0, dims, 2, sizes.rank());
    return Shape.of(dims);
  }

  /** [c] as [c, 1, ...], which broadcasts over [n, c, ...]. */
  static Tensor asChannels(Tensor bias, int spatial) {
    long[] dims = new long[spatial + 1];
    Arrays.fill(dims, 1);
    dims[0] = bias.dim(-1);
    return bias.reshape(dims);
  }

  /** What nothing flows into: the bias, or zeros. */
  static Tensor empty(String op, Spec spec, Tensor bias) {
    Tensor out = ChannelsLast.allocate(op, spec);
    Pointwise.SECOND.with(null, 0).evalInto(out, out);
    if (bias != null) {
      addInto(out, bias);
    }
    return out;
  }

  static void addInto(Tensor out, Tensor bias) {
    Pointwise.ADD.evalInto(out, out, asChannels(bias.detach(), out.rank() - 2));
  }

  /** [n, c, ...] to [c]; along memory where channels lie last. */
  static Tensor sumOfChannels(Tensor g) {
    int[] order = new int[g.rank()];
    int[] all = new int[g.rank() - 1];
    for (int i = 1; i < g.rank(); i++) {
      order[i] = i == g.rank() - 1 ? 1 : i + 1;
      all[i - 1] = i - 1;
    }
    return g.permute(order).sum(all);
  }

  /** Without a library for it: halves in float32, which the library may have, else by products. */
  static Tensor[] byProducts(Op op, Spec spec, Tensor... in) {
    if (spec.dtype() == DType.FLOAT32 || spec.dtype() == DType.FLOAT64) {
      Tensor[] operands = new Tensor[in.length];
      Arrays.setAll(operands, i -> in[i].detach());
      return new Tensor[] {ConvolutionProducts.run(op, spec, operands)};
    }
    Tensor[] wide = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      wide[i] = Matrix.converted(in[i].detach(), DType.FLOAT32);
    }
    Op alone = op instanceof ConvolutionWeightOp w ? w.alone() : op;
    Tensor out = alone.eval(alone.infer(wide), wide)[0];
    return new Tensor[] {Matrix.converted(out, spec.dtype())};
  }

  // ---- batching: b slices as further elements of the batch, or as further channels

  /** [b, n, ...] to [b * n, ...]. */
  static Tensor fold(Tensor t) {
    return t.flatten(0, 1);
  }

  /** [b * n, ...] to [b, n, ...]. */
  static Tensor unfold(Tensor t, long b) {
    return t.unflatten(0, b, t.dim(0) / b);
  }

  /** [b, n, groups * k, ...] to [n, groups * b * k, ...]. */
  static Tensor intoChannels(Tensor t, long groups) {
    Tensor apart = t.unflatten(2, groups, t.dim(2) / groups);
    return moved(apart, 1, 2, 0).flatten(1, 3);
  }

  /** [n, groups * b * k, ...] to [b, n, groups * k, ...]. */
  static Tensor fromChannels(Tensor t, long b, long groups) {
    Tensor apart = t.unflatten(1, groups, b, t.dim(1) / groups / b);
    return moved(apart, 2, 0, 1).flatten(2, 3);
  }

  /** [b, groups * k, ...] to [groups * b * k, ...]. */
  static Tensor intoRows(Tensor t, long groups) {
    return moved(t.unflatten(1, groups, t.dim(1) / groups), 1, 0).flatten(0, 2);
  }

  /** [groups * b * k, ...] to [b, groups * k, ...]. */
  static Tensor fromRows(Tensor t, long b, long groups) {
    return moved(t.unflatten(0, groups, b, t.dim(0) / groups / b), 1, 0).flatten(1, 2);
  }

  /** [b, o, k, ...] to [o, b * k, ...]. */
  static Tensor intoColumns(Tensor t) {
    return moved(t, 1, 0).flatten(1, 2);
  }

  /** [o, b * k, ...] to [b, o, k, ...]. */
  static Tensor fromColumns(Tensor t, long b) {
    return moved(t.unflatten(1, b, t.dim(1) / b), 1, 0);
  }

  /** The first dimensions in another order. */
  private static Tensor moved(Tensor t, int... first) {
    int[] order = Arrays.copyOf(first, t.rank());
    for (int i = first.length; i < order.length; i++) {
      order[i] = i;
    }
    return t.permute(order);
  }

  /** [b, n, c, ...] plus a bias [c], or [b, c] where it is batched. */
  static Tensor addBias(Tensor out, boolean batched, Tensor bias) {
    long[] dims = new long[out.rank()];
    Arrays.fill(dims, 1);
    dims[0] = batched ? bias.dim(0) : 1;
    dims[2] = bias.dim(-1);
    return out.add(bias.reshape(dims));
  }
}
