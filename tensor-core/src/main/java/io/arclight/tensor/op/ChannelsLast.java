package io.arclight.tensor.op;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/**
 * Tensors [n, c, ...] whose channels lie next to each other in memory: what convolutions read and
 * give. Elementwise operations leave them so; {@code contiguous()} takes them back.
 */
final class ChannelsLast {
  private ChannelsLast() {}

  /** Dimensions in the order in which they lie: n, those after the channels, the channels. */
  private static int[] order(int rank) {
    int[] order = new int[rank];
    for (int i = 1; i < rank; i++) {
      order[i] = i == rank - 1 ? 1 : i + 1;
    }
    return order;
  }

  /** Seen as [n, ..., c]. */
  static Tensor turned(Tensor t) {
    return t.withLayout(t.layout().permute(order(t.rank())));
  }

  /** The tensor, or a copy, with its channels last. */
  static Tensor of(Tensor t) {
    if (turned(t).isContiguous()) {
      return t;
    }
    Tensor out = allocate("channels last", new Spec(t.shape(), t.dtype(), t.device()));
    Pointwise.SECOND.evalInto(out, out, t.detach());
    return out;
  }

  static Tensor allocate(String op, Spec spec) {
    int rank = spec.shape().rank();
    int[] order = order(rank);
    long[] dims = new long[rank];
    int[] back = new int[rank];
    for (int i = 0; i < rank; i++) {
      dims[i] = spec.shape().dim(order[i]);
      back[order[i]] = i;
    }
    Layout dense = Layout.contiguous(Shape.of(dims));
    return Tensor.allocate(op, spec).withLayout(dense.permute(back));
  }
}
