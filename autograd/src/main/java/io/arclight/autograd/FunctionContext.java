package io.arclight.autograd;

import io.arclight.tensor.GradMeta;
import io.arclight.tensor.SavedTensor;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.op.Spec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one application of a {@link Function} keeps from forward to backward. */
public final class FunctionContext {
  private static final Tensor[] NOTHING = {};

  private final String name;
  private final boolean[] needs;
  private final Map<String, Object> attributes = new HashMap<>();
  private Tensor[] toSave = NOTHING;
  private Tensor[] dirty = NOTHING;
  private Tensor[] nonDifferentiable = NOTHING;
  private boolean materializeGrads = true;
  private SavedTensor[] saved;
  private List<Spec> outputs;
  private boolean released;

  FunctionContext(String name, boolean[] needs) {
    this.name = name;
    this.needs = needs;
  }

  /** Keeps inputs, outputs or what was computed between for {@link #savedTensors()}. */
  public void saveForBackward(Tensor... tensors) {
    toSave = tensors.clone();
  }

  /**
   * In backward, the tensors given to {@link #saveForBackward}.
   *
   * @throws io.arclight.tensor.InPlaceException if one was changed in place since
   */
  public Tensor[] savedTensors() {
    if (released) {
      throw new TensorException(
          "backward through "
              + name
              + " a second time, after its saved tensors were released: pass retainGraph to the"
              + " first backward");
    }
    if (saved == null) {
      return toSave.clone();
    }
    Tensor[] out = new Tensor[saved.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = saved[i] == null ? null : saved[i].unpack(name, "saved tensor " + i);
    }
    return out;
  }

  /** Says that these inputs were changed in place; they must be among the outputs. */
  public void markDirty(Tensor... inputs) {
    dirty = inputs.clone();
  }

  /** Says that these outputs have no gradients, such as indices. */
  public void markNonDifferentiable(Tensor... results) {
    nonDifferentiable = results.clone();
  }

  /** Whether outputs without a gradient get zeros in backward (the default), or null. */
  public void setMaterializeGrads(boolean wanted) {
    materializeGrads = wanted;
  }

  /** Whether input {@code i} wants a gradient. */
  public boolean needsInputGrad(int i) {
    return needs[i];
  }

  /** Keeps any value for backward. */
  public void attribute(String key, Object value) {
    attributes.put(key, value);
  }

  /** What {@link #attribute(String, Object)} kept, or null. */
  public Object attribute(String key) {
    return attributes.get(key);
  }

  boolean[] needs() {
    return needs.clone();
  }

  Tensor[] toSave() {
    return toSave;
  }

  /** Puts other tensors in the place of those saved. */
  void restored(Tensor[] tensors) {
    toSave = tensors;
  }

  Tensor[] dirty() {
    return dirty;
  }

  Tensor[] nonDifferentiable() {
    return nonDifferentiable;
  }

  boolean materializesGrads() {
    return materializeGrads;
  }

  static boolean among(Tensor[] tensors, Tensor t) {
    for (Tensor candidate : tensors) {
      if (candidate == t) {
        return true;
      }
    }
    return false;
  }

  /** Saves at the places in the graph that inputs and outputs have now. */
  void recorded(Tensor[] inputs, GradMeta[] places, Tensor[] results) {
    saved = new SavedTensor[toSave.length];
    for (int i = 0; i < saved.length; i++) {
      if (toSave[i] != null) {
        saved[i] = SavedTensor.of(toSave[i], place(toSave[i], inputs, places, results), name);
      }
    }
    toSave = NOTHING;
    outputs =
        java.util.Arrays.stream(results)
            .map(t -> new Spec(t.shape(), t.dtype(), t.device()))
            .toList();
  }

  private static GradMeta place(Tensor t, Tensor[] inputs, GradMeta[] places, Tensor[] results) {
    if (among(results, t)) {
      return t.gradMeta();
    }
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i] == t) {
        return places[i];
      }
    }
    return t.gradMeta();
  }

  Tensor[] materialized(Tensor[] grads) {
    Tensor[] out = grads.clone();
    for (int i = 0; materializeGrads && i < out.length; i++) {
      if (out[i] == null) {
        Spec spec = outputs.get(i);
        out[i] = Tensor.zeros(spec.shape(), spec.dtype(), spec.device());
      }
    }
    return out;
  }

  void release() {
    for (int i = 0; saved != null && i < saved.length; i++) {
      if (saved[i] != null) {
        saved[i].release();
      }
    }
    saved = null;
    released = true;
  }
}
