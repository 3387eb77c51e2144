package io.arclight.autograd;

import io.arclight.tensor.GradMeta;
import io.arclight.tensor.Node;
import io.arclight.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** What can be reached from the roots of a walk, with how many contributions each part awaits. */
final class Graph {
  private final IdentityHashMap<Node, Pending> nodes = new IdentityHashMap<>();
  private final IdentityHashMap<GradMeta, Pending> leaves = new IdentityHashMap<>();

  /** Captured gradients by tensor; null where gradients accumulate into all leaves. */
  private final Map<GradMeta, Tensor> captured;

  private Graph(List<Tensor> roots, Map<GradMeta, Tensor> captured) {
    this.captured = captured;
    prune(discover(roots));
  }

  /** For a walk that accumulates into every leaf. */
  static Graph accumulating(List<Tensor> roots) {
    return new Graph(roots, null);
  }

  /** For a walk that only gives the gradients of {@code inputs}. */
  static Graph capturing(List<Tensor> roots, List<Tensor> inputs) {
    IdentityHashMap<GradMeta, Tensor> wanted = new IdentityHashMap<>();
    for (Tensor input : inputs) {
      wanted.put(input.gradMeta(), null);
    }
    return new Graph(roots, wanted);
  }

  Pending at(GradMeta meta) {
    Pending pending =
        meta.leaf()
            ? leaves.computeIfAbsent(meta, m -> new Pending(null, 1))
            : nodes.computeIfAbsent(meta.node(), n -> new Pending(n, n.outputs()));
    pending.metas[meta.output()] = meta;
    return pending;
  }

  boolean captures(GradMeta meta) {
    return captured != null && captured.containsKey(meta);
  }

  /** Whether a gradient of the tensor will be computed. */
  boolean reaches(GradMeta meta) {
    Pending pending = meta.leaf() ? leaves.get(meta) : nodes.get(meta.node());
    return pending != null && (captures(meta) || pending.needed);
  }

  boolean accumulates() {
    return captured == null;
  }

  void capture(GradMeta meta, Tensor grad) {
    captured.put(meta, grad);
  }

  Tensor captured(GradMeta meta) {
    return captured.get(meta);
  }

  Iterable<Pending> nodes() {
    return nodes.values();
  }

  Iterable<Pending> leaves() {
    return leaves.values();
  }

  /** Visits everything reachable once and counts contributions; inputs come after their users. */
  private List<Pending> discover(List<Tensor> roots) {
    ArrayDeque<Pending> open = new ArrayDeque<>();
    List<Pending> found = new ArrayList<>();
    for (Tensor root : roots) {
      visit(root.gradMeta(), open, found);
    }
    while (!open.isEmpty()) {
      Node node = open.pop().node;
      for (int i = 0; i < node.inputs(); i++) {
        GradMeta edge = node.edge(i);
        if (edge != null) {
          visit(edge, open, found).dependencies++;
        }
      }
    }
    return found;
  }

  private Pending visit(GradMeta meta, ArrayDeque<Pending> open, List<Pending> found) {
    boolean seen = meta.leaf() ? leaves.containsKey(meta) : nodes.containsKey(meta.node());
    Pending pending = at(meta);
    if (!seen) {
      found.add(pending);
      if (!pending.leaf()) {
        open.push(pending);
      }
    }
    return pending;
  }

  /** Marks what leads to a wanted tensor, users of a node after the node itself. */
  private void prune(List<Pending> found) {
    if (captured == null) {
      found.forEach(p -> p.needed = true);
      return;
    }
    IdentityHashMap<Pending, List<Pending>> users = new IdentityHashMap<>();
    ArrayDeque<Pending> open = new ArrayDeque<>();
    for (Pending pending : found) {
      if (!pending.leaf()) {
        for (int i = 0; i < pending.node.inputs(); i++) {
          GradMeta edge = pending.node.edge(i);
          if (edge != null) {
            Pending input = at(edge);
            users.computeIfAbsent(input, k -> new ArrayList<>()).add(pending);
            if (captures(edge)) {
              mark(pending, open);
            }
          }
        }
      }
    }
    while (!open.isEmpty()) {
      for (Pending user : users.getOrDefault(open.pop(), List.of())) {
        mark(user, open);
      }
    }
  }

  private static void mark(Pending pending, ArrayDeque<Pending> open) {
    if (!pending.needed) {
      pending.needed = true;
      open.push(pending);
    }
  }
}
