package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.GradMeta;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Node;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * One walk from roots to gradients. A node runs when the gradients of all its users have arrived;
 * of those that could run, the one recorded last comes first. A leaf is served as soon as its last
 * contribution has arrived.
 *
 * <p>Every rule runs in a scope of its own, and a gradient that waits for its consumer is retained
 * until then: temporaries die as early as they can. Under {@link GraphUse#CREATE} the graph of the
 * gradients needs them, so all stays in the caller's scope.
 */
final class Backward {
  private static final ThreadLocal<Backward> CURRENT = new ThreadLocal<>();

  private final List<Runnable> afterwards = new ArrayList<>();
  private final Graph graph;
  private final GraphUse use;
  private final boolean create;
  private List<Tensor> given = List.of();
  private final PriorityQueue<Pending> ready = new PriorityQueue<>(Pending::latestFirst);

  Backward(Graph graph, GraphUse use) {
    this.graph = graph;
    this.use = use;
    this.create = use == GraphUse.CREATE;
  }

  /** The walk under way on this thread, null if there is none. */
  static Backward current() {
    return CURRENT.get();
  }

  /** Whether a gradient of the tensor is computed in this walk. */
  boolean reaches(GradMeta meta) {
    return graph.reaches(meta);
  }

  /** Runs {@code action} once all gradients are there. */
  void afterwards(Runnable action) {
    afterwards.add(action);
  }

  void run(List<Tensor> roots, List<Tensor> grads) {
    Backward outer = CURRENT.get();
    CURRENT.set(this);
    given = grads;
    try (Context.Restore mode = Context.current().gradMode(create);
        Context.Restore cast = Context.current().autocast(null)) {
      seed(roots, grads);
      for (Pending next = ready.poll(); next != null; next = ready.poll()) {
        walk(next);
      }
      afterwards.forEach(Runnable::run);
    } finally {
      CURRENT.set(outer);
      graph.nodes().forEach(this::drop);
      graph.leaves().forEach(this::drop);
    }
  }

  private void seed(List<Tensor> roots, List<Tensor> grads) {
    try (Scope scope = create ? null : Scope.open()) {
      for (int i = 0; i < roots.size(); i++) {
        Tensor root = roots.get(i);
        GradMeta meta = root.gradMeta();
        add(graph.at(meta), meta.output(), Roots.gradient(root, grads.get(i)));
      }
      for (Tensor root : roots) {
        Pending pending = graph.at(root.gradMeta());
        // A root given twice is queued once: the second time it is not ready any more.
        if (pending.dependencies == 0) {
          pending.dependencies = -1;
          enter(pending);
        }
      }
    }
  }

  private void enter(Pending pending) {
    if (pending.leaf()) {
      serveLeaf(pending, false);
    } else {
      ready.add(pending);
    }
  }

  private void walk(Pending pending) {
    Node node = pending.node;
    try (Scope scope = create ? null : Scope.open()) {
      for (int i = 0; i < pending.grads.length; i++) {
        if (pending.grads[i] != null && pending.metas[i] != null) {
          pending.grads[i] = arrived(pending.metas[i], pending.grads[i], false);
        }
      }
      boolean flows = pending.needed && flows(pending.grads);
      Context context = Context.current();
      context.spare(flows && isSpare(pending) ? pending.grads[0] : null);
      try {
        deliver(
            node, pending.grads, flows ? hooked(node, pending.grads) : new Tensor[node.inputs()]);
      } finally {
        context.spare(null);
      }
    }
    if (use == GraphUse.RELEASE && pending.needed) {
      node.release();
    }
    drop(pending);
  }

  /**
   * Whether a rule may write its result over the gradient that comes in: nobody else has it or has
   * seen it, and it is used once. A leaf gets memory of its own.
   */
  private boolean isSpare(Pending pending) {
    Node node = pending.node;
    if (create
        || Context.current().vmap() != null
        || pending.grads.length != 1
        || !pending.grads[0].storage().isHeldOnce()
        || !(node.prehooks().isEmpty() && node.hooks().isEmpty())) {
      return false;
    }
    GradMeta meta = pending.metas[0];
    if (meta != null && (!meta.hooks().isEmpty() || graph.captures(meta) || meta.retainsGrad())) {
      return false;
    }
    int uses = 0;
    for (int i = 0; i < node.inputs(); i++) {
      GradMeta edge = node.edge(i);
      uses += edge == null ? 0 : edge.leaf() ? 2 : 1;
    }
    return uses == 1;
  }

  /** Runs hooks, and keeps the gradient where somebody wants it: itself if {@code exclusive}. */
  private Tensor arrived(GradMeta meta, Tensor grad, boolean exclusive) {
    Tensor out = grad;
    for (UnaryOperator<Tensor> hook : meta.hooks()) {
      Tensor replaced = hook.apply(out);
      if (replaced != null) {
        out = Broadcast.undo(replaced, meta.shape(), meta.dtype(), "a gradient hook");
      }
    }
    if (graph.captures(meta)) {
      graph.capture(meta, create ? out : captured(out, exclusive));
    }
    if (!meta.leaf() && meta.retainsGrad() && graph.accumulates()) {
      meta.grad(create ? out : out.copy().keep());
    }
    if (out != grad && !create) {
      out.storage().retain();
      grad.storage().release();
    }
    return out;
  }

  private Tensor captured(Tensor grad, boolean exclusive) {
    if (Ownership.borrowed(grad, given)) {
      return grad.detach();
    }
    return (exclusive ? grad : grad.copy()).keep();
  }

  /** The rule between the node's own hooks. */
  private static Tensor[] hooked(Node node, Tensor[] grads) {
    Tensor[] outputs = grads;
    for (UnaryOperator<Tensor[]> hook : node.prehooks()) {
      Tensor[] replaced = hook.apply(outputs.clone());
      outputs = replaced == null ? outputs : replaced;
    }
    Tensor[] inputs = rule(node, outputs);
    for (BinaryOperator<Tensor[]> hook : node.hooks()) {
      Tensor[] replaced = hook.apply(inputs.clone(), outputs.clone());
      inputs = replaced == null ? inputs : undone(node, replaced, "a hook of " + node.op().name());
    }
    return inputs;
  }

  private static Tensor[] rule(Node node, Tensor[] grads) {
    Context.Ranges ranges = Context.current().ranges();
    if (ranges != null) {
      ranges.begin("backward", node.op().name() + "_BACKWARD");
    }
    Tensor[] out;
    try {
      out = Anomaly.within(node, () -> node.op().vjp(node, grads));
    } finally {
      if (ranges != null) {
        ranges.end();
      }
    }
    undone(node, out, node.op().name());
    if (Context.current().anomaly()) {
      for (int i = 0; i < out.length; i++) {
        if (out[i] != null && node.edge(i) != null) {
          Anomaly.check(node, i, out[i]);
        }
      }
    }
    return out;
  }

  /** Takes gradients back to the shapes and dtypes of the inputs they are for. */
  private static Tensor[] undone(Node node, Tensor[] grads, String by) {
    if (grads.length != node.inputs()) {
      throw new TensorException(
          by + " gave " + grads.length + " gradients for " + node.inputs() + " inputs");
    }
    for (int i = 0; i < grads.length; i++) {
      if (grads[i] != null && node.edge(i) != null) {
        grads[i] = Broadcast.undo(grads[i], node.inputShape(i), node.inputDType(i), by);
      }
    }
    return grads;
  }

  private static boolean flows(Tensor[] grads) {
    for (Tensor grad : grads) {
      if (grad != null) {
        return true;
      }
    }
    return false;
  }

  private void deliver(Node node, Tensor[] incoming, Tensor[] grads) {
    for (int i = 0; i < grads.length; i++) {
      GradMeta edge = node.edge(i);
      if (edge == null) {
        continue;
      }
      Pending input = graph.at(edge);
      boolean summed = grads[i] != null && add(input, edge.output(), grads[i]);
      if (--input.dependencies > 0) {
        continue;
      }
      if (input.leaf()) {
        serveLeaf(input, summed || Ownership.exclusive(i, grads, incoming, node));
      } else {
        ready.add(input);
      }
    }
  }

  /** Sums contributions; what waits is retained. Says whether there was something to sum. */
  private boolean add(Pending pending, int output, Tensor grad) {
    Tensor before = pending.grads[output];
    Tensor after = before == null ? grad : before.add(grad);
    if (!create) {
      after.storage().retain();
      if (before != null) {
        before.storage().release();
      }
    }
    pending.grads[output] = after;
    return before != null;
  }

  private void drop(Pending pending) {
    for (int i = 0; i < pending.grads.length; i++) {
      if (pending.grads[i] != null && !create) {
        pending.grads[i].storage().release();
      }
      pending.grads[i] = null;
    }
  }

  /** {@code exclusive}: nobody else has the gradient's memory, so that it can be given out. */
  private void serveLeaf(Pending pending, boolean exclusive) {
    GradMeta meta = pending.metas[0];
    if (pending.grads[0] == null) {
      return;
    }
    boolean unseen = exclusive && meta.hooks().isEmpty();
    pending.grads[0] = arrived(meta, pending.grads[0], unseen);
    if (graph.accumulates()) {
      accumulate(meta, pending.grads[0], unseen);
    }
    drop(pending);
  }

  private void accumulate(GradMeta meta, Tensor grad, boolean exclusive) {
    Tensor sum = meta.grad();
    if (sum == null) {
      meta.grad((create || exclusive ? grad : grad.copy()).keep());
    } else if (create) {
      meta.grad(sum.add(grad).keep());
    } else {
      sum.addInPlace(grad);
    }
    for (Consumer<Tensor> hook : meta.accumulatedHooks()) {
      hook.accept(meta.grad());
    }
  }
}
