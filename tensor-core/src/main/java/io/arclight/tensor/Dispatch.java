package io.arclight.tensor;

import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.Spec;
import java.util.List;

/** Applies operations: infer, run, record. */
final class Dispatch {
  private Dispatch() {}

  static Tensor[] apply(Op op, Tensor... inputs) {
    List<Spec> specs = op.infer(inputs);
    Tensor[] out = op.eval(specs, inputs);
    Context context = Context.current();
    if (context.gradEnabled() && op.differentiable()) {
      for (Tensor t : inputs) {
        if (t.meta != null) {
          record(context, op, inputs, out);
          break;
        }
      }
    }
    if (context.tracer() != null) {
      context.tracer().applied(op, inputs, out);
    }
    return out;
  }

  static Tensor binary(Pointwise op, Tensor a, Tensor b) {
    return apply(op, a, b)[0];
  }

  private static void record(Context context, Op op, Tensor[] inputs, Tensor[] out) {
    for (int i = 0; i < out.length; i++) {
      for (Tensor in : inputs) {
        if (in == out[i]) {
          // The operation had nothing to do; its result is still a place of its own in the graph.
          out[i] = in.withLayout(in.layout());
        }
      }
    }
    Node node = new Node(op, inputs, out, context.sequence++);
    if (context.anomaly()) {
      node.frame(new Throwable("recorded here"));
    }
    for (int i = 0; i < out.length; i++) {
      if (out[i].dtype().isDifferentiable()) {
        out[i].meta = new GradMeta(node, i, out[i].shape(), out[i].dtype());
      }
    }
  }

  /** Computes {@code op} on {@code target} and {@code others} into {@code target}. */
  static Tensor inPlace(String name, Op op, Tensor target, Tensor... others) {
    Tensor[] inputs = new Tensor[others.length + 1];
    inputs[0] = target;
    System.arraycopy(others, 0, inputs, 1, others.length);
    Context context = Context.current();
    Spec spec = op.infer(inputs).get(0);
    if (!spec.shape().equals(target.shape())) {
      throw new ShapeException(
          name
              + ": the result's shape "
              + spec.shape()
              + " is not that of the tensor to change, "
              + target.shape());
    }
    boolean graph = target.meta != null;
    for (Tensor t : others) {
      graph |= t.meta != null;
    }
    if (context.gradEnabled() && graph) {
      if (target.meta != null && target.meta.leaf()) {
        throw new TensorException(
            name
                + ": a leaf that requires a gradient cannot be changed in place while recording:"
                + " do it under noGrad()");
      }
      throw new TensorException(
          name
              + ": in-place changes of recorded tensors are not differentiable: use the"
              + " out-of-place operation");
    }
    if (context.tracer() != null) {
      throw new TensorException(name + ": a traced program cannot change tensors in place");
    }
    Layout layout = target.layout();
    for (int d = 0; d < layout.shape().rank(); d++) {
      if (layout.strides()[d] == 0 && layout.shape().dim(d) > 1) {
        throw new ShapeException(
            name + ": several elements of an expanded tensor share memory: copy() it first");
      }
    }
    op.evalInto(target, inputs);
    target.storage().bumpVersion();
    return target;
  }
}
