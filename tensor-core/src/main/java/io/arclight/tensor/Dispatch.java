package io.arclight.tensor;

import io.arclight.tensor.op.CompositeOp;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;

/** Applies operations: infer, run, record. */
final class Dispatch {
  private Dispatch() {}

  static Tensor[] apply(Op op, Tensor... inputs) {
    Context context = Context.current();
    boolean plain = context.plain();
    if (!plain && context.autocast() != null) {
      Tensor[] cast = context.autocast().apply(op, inputs);
      if (cast != null) {
        return cast;
      }
    }
    boolean recorded = false;
    for (Tensor t : inputs) {
      if (t.lifted != null) {
        return VmapLevel.apply(context, op, inputs);
      }
      recorded |= t.gradMeta() != null;
    }
    Tensor[] out = plain ? op.eval(op.infer(inputs), inputs) : compute(context, op, inputs);
    if (recorded && context.gradEnabled() && op.differentiable()) {
      record(context, op, inputs, edges(inputs), out);
    }
    if (!plain && context.tracer() != null && !(op instanceof CompositeOp)) {
      context.tracer().applied(op, inputs, out);
    }
    return out;
  }

  static Tensor binary(Pointwise op, Tensor a, Tensor b) {
    return apply(op, a, b)[0];
  }

  private static Tensor[] compute(Context context, Op op, Tensor[] inputs) {
    Context.Interceptor interceptor = context.interceptor();
    Tensor[] out =
        interceptor == null
            ? eval(context, op, inputs)
            : interceptor.compute(op, op.name(), inputs, () -> eval(context, op, inputs));
    if (context.inference()) {
      for (Tensor t : out) {
        boolean fresh = true;
        for (Tensor input : inputs) {
          fresh &= input.storage() != t.storage();
        }
        if (fresh) {
          t.storage().markInference();
        }
      }
    }
    return out;
  }

  /** What an operation does inside is not part of a trace. */
  private static Tensor[] eval(Context context, Op op, Tensor[] inputs) {
    if (context.tracer() == null || op instanceof CompositeOp) {
      return op.eval(op.infer(inputs), inputs);
    }
    try (Context.Restore untraced = context.trace(null)) {
      return op.eval(op.infer(inputs), inputs);
    }
  }

  /** The inputs' places in the graph, or null where none has one. */
  static GradMeta[] edges(Tensor[] inputs) {
    GradMeta[] edges = null;
    for (int i = 0; i < inputs.length; i++) {
      GradMeta meta = inputs[i].gradMeta();
      if (meta != null) {
        edges = edges == null ? new GradMeta[inputs.length] : edges;
        edges[i] = meta;
      }
    }
    return edges;
  }

  /** Gives the outputs places in the graph. */
  static void record(Context context, Op op, Tensor[] inputs, GradMeta[] edges, Tensor[] out) {
    CompositeOp composite = op instanceof CompositeOp c ? c : null;
    for (int i = 0; i < out.length; i++) {
      if (among(inputs, out[i]) && (composite == null || !composite.changed(out[i]))) {
        // The operation had nothing to do; its result is still a place of its own in the graph.
        out[i] = out[i].alias();
      }
    }
    Node node = new Node(op, inputs, edges, context);
    GradMeta[] places = node.outputs(out);
    for (int i = 0; i < out.length; i++) {
      if (!out[i].dtype().isDifferentiable() || composite != null && !composite.derives(out[i])) {
        continue;
      }
      if (composite != null && composite.changed(out[i])) {
        InPlace.requireDerivable(op.name(), out[i]);
        InPlace.rebase(out[i], places[i], context);
      } else {
        out[i].meta = places[i];
      }
    }
    if (composite != null) {
      composite.recorded(out);
    }
  }

  private static boolean among(Tensor[] inputs, Tensor t) {
    for (Tensor input : inputs) {
      if (input == t) {
        return true;
      }
    }
    return false;
  }
}
