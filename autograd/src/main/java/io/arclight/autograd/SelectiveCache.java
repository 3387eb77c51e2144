package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Outputs of operations that a policy keeps from forward, in order. */
final class SelectiveCache {
  private record Kept(String op, Tensor[] outputs, int[] versions) {}

  private final CheckpointPolicy.Rule policy;
  private final List<Kept> kept = new ArrayList<>();

  SelectiveCache(CheckpointPolicy.Rule policy) {
    this.policy = policy;
  }

  List<Tensor[]> outputs() {
    return kept.stream().map(Kept::outputs).toList();
  }

  /** What the operations inside a kept one do is not asked for: they do not run again. */
  private abstract class Pass implements Context.Interceptor {
    private boolean inside;

    @Override
    public final Tensor[] compute(Op op, String name, Tensor[] inputs, Supplier<Tensor[]> next) {
      boolean inPlace = !name.equals(op.name());
      if (inside || inPlace || policy.of(op) == CheckpointPolicy.RECOMPUTE) {
        return next.get();
      }
      inside = true;
      try {
        return outputs(name, next);
      } finally {
        inside = false;
      }
    }

    abstract Tensor[] outputs(String name, Supplier<Tensor[]> next);
  }

  Context.Interceptor keeping() {
    return new Pass() {
      @Override
      Tensor[] outputs(String name, Supplier<Tensor[]> next) {
        Tensor[] out = next.get();
        Tensor[] own = new Tensor[out.length];
        int[] versions = new int[out.length];
        for (int i = 0; i < out.length; i++) {
          own[i] = out[i].detach();
          versions[i] = out[i].version();
        }
        kept.add(new Kept(name, own, versions));
        return out;
      }
    };
  }

  Context.Interceptor using() {
    return new Pass() {
      private int at;

      @Override
      Tensor[] outputs(String name, Supplier<Tensor[]> next) {
        if (at == kept.size() || !kept.get(at).op.equals(name)) {
          throw new CheckpointException(
              "a checkpointed function computes something else in backward than in forward: "
                  + name
                  + " is to be taken from forward, where "
                  + (at == kept.size() ? "no more were kept" : kept.get(at).op + " was kept")
                  + "; the policy must decide the same again");
        }
        Kept found = kept.get(at++);
        Tensor[] out = new Tensor[found.outputs.length];
        for (int i = 0; i < out.length; i++) {
          if (found.outputs[i].version() != found.versions[i]) {
            throw new CheckpointException(
                "the output "
                    + i
                    + " of "
                    + name
                    + ", which a checkpoint's policy keeps, was changed in place by "
                    + found.outputs[i].storage().changedBy()
                    + ": let the policy recompute it, or change a copy()");
          }
          out[i] = found.outputs[i].detach();
        }
        return out;
      }
    };
  }
}
