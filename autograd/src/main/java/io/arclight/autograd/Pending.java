package io.arclight.autograd;

import io.arclight.tensor.GradMeta;
import io.arclight.tensor.Node;
import io.arclight.tensor.Tensor;

/** A node or leaf that waits for the gradients of its outputs (a leaf has one: itself). */
final class Pending {
  /** Null for a leaf. */
  final Node node;

  final GradMeta[] metas;
  final Tensor[] grads;

  /** Contributions still to come from nodes of this walk. */
  int dependencies;

  /** Whether something that is wanted lies behind it. */
  boolean needed;

  Pending(Node node, int outputs) {
    this.node = node;
    this.metas = new GradMeta[outputs];
    this.grads = new Tensor[outputs];
  }

  boolean leaf() {
    return node == null;
  }

  /** Recorded later, walked earlier. */
  static int latestFirst(Pending a, Pending b) {
    return Long.compare(b.node.sequence(), a.node.sequence());
  }
}
