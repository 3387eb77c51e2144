package io.arclight.tensor;

import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.Spec;
import java.util.Locale;

/** Operations that write their result over their first input. */
final class InPlace {
  private InPlace() {}

  /** PyTorch's name of the in-place form. */
  static String name(Op op) {
    return op.name().toLowerCase(Locale.ROOT) + "_";
  }

  static Tensor apply(String name, Op op, Tensor target, Tensor... others) {
    Tensor[] inputs = new Tensor[others.length + 1];
    inputs[0] = target;
    System.arraycopy(others, 0, inputs, 1, others.length);
    for (Tensor t : inputs) {
      if (t.lifted != null) {
        return VmapLevel.inPlace(name, op, inputs);
      }
    }
    check(name, op, inputs);
    Context context = Context.current();
    GradMeta[] edges = Dispatch.edges(inputs);
    if (edges == null || !context.gradEnabled()) {
      write(context, name, op, inputs);
      return target;
    }
    record(context, name, op, inputs, edges, () -> write(context, name, op, inputs));
    return target;
  }

  /** Runs {@code write} and gives the target its new place in the graph. */
  static void record(
      Context context, String name, Op op, Tensor[] inputs, GradMeta[] edges, Runnable write) {
    Tensor target = inputs[0];
    requireDerivable(name, target);
    Node node =
        op.differentiable()
            ? new Node(op, originals(op, inputs, edges), edges, context)
            : constant(target, edges[0], context);
    write.run();
    rebase(target, node.outputs(target)[0], context);
  }

  /** Comparisons and the like cut the graph as a fill does. */
  private static Node constant(Tensor target, GradMeta edge, Context context) {
    Op fill = Pointwise.SECOND.with(null, 0);
    return new Node(fill, new Tensor[] {target}, new GradMeta[] {edge}, context);
  }

  /** The inputs with a copy of the target where its gradient rule reads what will be gone. */
  private static Tensor[] originals(Op op, Tensor[] inputs, GradMeta[] edges) {
    if (!op.savesInput(0)) {
      return inputs;
    }
    boolean read = false;
    for (int i = 0; i < edges.length; i++) {
      read |= edges[i] != null && op.reads(i, 0);
    }
    if (!read) {
      return inputs;
    }
    Tensor[] out = inputs.clone();
    out[0] = inputs[0].alias().copy();
    out[0].meta = edges[0];
    return out;
  }

  static void rebase(Tensor target, GradMeta place, Context context) {
    if (target.view != null) {
      target.view.rebase(target, place, context);
      return;
    }
    if (target.meta != null) {
      target.meta.movedTo(place);
    }
    target.meta = place;
  }

  /** Checks what holds with and without gradients. */
  static void check(String name, Op op, Tensor[] inputs) {
    Tensor target = inputs[0];
    Spec spec = op.infer(inputs).get(0);
    if (!spec.shape().equals(target.shape())) {
      throw new ShapeException(
          name
              + ": the result's shape "
              + spec.shape()
              + " is not that of the tensor to change, "
              + target.shape());
    }
    Context context = Context.current();
    if (context.tracer() != null) {
      throw new TensorException(name + ": a traced program cannot change tensors in place");
    }
    if (target.storage().isInference() && !context.inference()) {
      throw InferenceModeException.of(name, "the tensor to change", target);
    }
    Layout layout = target.layout();
    for (int d = 0; d < layout.shape().rank(); d++) {
      if (layout.strides()[d] == 0 && layout.shape().dim(d) > 1) {
        throw new ShapeException(
            name
                + ": several elements of the expanded tensor of shape "
                + target.shape()
                + " share memory (strides "
                + java.util.Arrays.toString(layout.strides())
                + "): copy() it first");
      }
    }
  }

  /**
   * @throws InPlaceException for leaves that require gradients and views of them
   */
  static void requireDerivable(String name, Tensor target) {
    if (target.view != null) {
      target.view.requireRecordable(name + " changes it");
    }
    if (target.gradMeta() == null) {
      return;
    }
    boolean viewOfLeaf = target.view != null && target.view.ofRecordedLeaf();
    if (viewOfLeaf || target.isLeaf()) {
      throw new InPlaceException(
          name
              + ": "
              + (viewOfLeaf ? "a view of a leaf" : "a leaf")
              + " (shape "
              + target.shape()
              + ") that requires a gradient cannot be changed in place while recording: do it"
              + " under noGrad(), or on a copy()");
    }
  }

  private static void write(Context context, String name, Op op, Tensor[] inputs) {
    Tensor target = inputs[0];
    Tensor[] operands = apart(inputs);
    if (context.interceptor() == null) {
      op.evalInto(target, operands);
    } else {
      context
          .interceptor()
          .compute(
              op,
              name,
              inputs,
              () -> {
                op.evalInto(target, operands);
                return new Tensor[] {target};
              });
    }
    changed(context, name, target);
  }

  static void changed(Context context, String name, Tensor target) {
    if (!target.storage().isInference()) {
      Throwable at = context.anomaly() ? new Throwable(name + " changed the tensor here") : null;
      target.storage().bumpVersion(name, at);
    }
  }

  /** Copies of operands that share memory with the target at other places. */
  private static Tensor[] apart(Tensor[] inputs) {
    Tensor target = inputs[0];
    Tensor[] out = inputs;
    for (int i = 1; i < inputs.length; i++) {
      Tensor t = inputs[i];
      if (t.storage() == target.storage() && !t.layout().samePlaces(target.layout())) {
        out = out == inputs ? inputs.clone() : out;
        out[i] = t.alias().copy();
      }
    }
    return out;
  }
}
