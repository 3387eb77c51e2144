package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.GradMeta;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.op.CompositeOp;
import io.arclight.tensor.op.Spec;
import io.arclight.tensor.op.Vjp;
import java.util.List;

/** One application of a {@link Function}. */
final class FunctionOp implements CompositeOp {
  private final Function function;
  private final int arity;
  private FunctionContext ctx;
  private Tensor[] inputs;
  private GradMeta[] places;
  private Context.Autocast autocast;

  FunctionOp(Function function, int arity) {
    this.function = function;
    this.arity = arity;
  }

  @Override
  public String name() {
    return function.name();
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Context context = Context.current();
    boolean[] needs = new boolean[in.length];
    GradMeta[] before = new GradMeta[in.length];
    for (int i = 0; i < in.length; i++) {
      before[i] = in[i].gradMeta();
      needs[i] = context.gradEnabled() && before[i] != null;
    }
    ctx = new FunctionContext(name(), needs);
    inputs = in;
    places = before;
    autocast = context.autocast();
    try (Context.Restore quiet = context.gradMode(false)) {
      Tensor[] out = function.forward(ctx, in);
      for (Tensor t : ctx.dirty()) {
        if (!FunctionContext.among(in, t) || !FunctionContext.among(out, t)) {
          throw new TensorException(
              name()
                  + ": a tensor of shape "
                  + t.shape()
                  + " is marked dirty, but is not both an input and an output: return it");
        }
      }
      return out.clone();
    }
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return function.vmap(size, batched, in);
  }

  @Override
  public boolean changed(Tensor t) {
    return FunctionContext.among(ctx.dirty(), t);
  }

  @Override
  public boolean derives(Tensor t) {
    return !FunctionContext.among(ctx.nonDifferentiable(), t);
  }

  @Override
  public void recorded(Tensor[] outputs) {
    ctx.recorded(inputs, places, outputs);
    inputs = null;
    places = null;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor[] out;
    // What ran in lower precision has gradients of lower precision.
    try (Context.Restore cast =
        Context.current().autocast(autocast == null ? null : autocast.fresh())) {
      out = function.backward(ctx, ctx.materialized(grads));
    }
    if (out == null || out.length != arity) {
      throw new TensorException(
          name()
              + ": backward gave "
              + (out == null ? "null" : out.length + " gradients")
              + " for "
              + arity
              + " inputs: give one for each, null where there is none");
    }
    return out.clone();
  }

  @Override
  public void release() {
    ctx.release();
  }
}
