package io.arclight.nn;

import io.arclight.autograd.Checkpoint;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A module's forward of which the inputs are kept for backward, and the rest computed again. */
final class CheckpointedForward<T> implements Module.Forward<T> {
  private final Module.Forward<T> forward;
  private boolean again;
  private T structure;

  private CheckpointedForward(Module.Forward<T> forward) {
    this.forward = forward;
  }

  /** Itself where nothing is recorded, or a checkpoint around computes it again already. */
  static <T> Module.Forward<T> of(Module.Forward<T> forward) {
    Context context = Context.current();
    boolean outermost = context.checkpointPass() == Context.CheckpointPass.NONE;
    return context.gradEnabled() && outermost ? new CheckpointedForward<>(forward) : forward;
  }

  @Override
  public T of(Tensor[] inputs) {
    List<Integer> places = new ArrayList<>();
    List<Tensor> given = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i] != null) {
        places.add(i);
        given.add(inputs[i]);
      }
    }
    int all = inputs.length;
    Tensor[] outputs =
        Checkpoint.ofAll(in -> run(all, places, in)).applyAll(given.toArray(Tensor[]::new));
    T out = TensorStructure.with(structure, outputs);
    structure = null;
    return out;
  }

  /** The inputs beside those at {@code places} were left out and are so again. */
  private Tensor[] run(int all, List<Integer> places, Tensor[] given) {
    Tensor[] inputs = new Tensor[all];
    for (int i = 0; i < given.length; i++) {
      inputs[places.get(i)] = given[i];
    }
    T out = forward.of(inputs);
    if (!again) {
      structure = out;
      again = true;
    }
    return TensorStructure.tensors(out);
  }
}
