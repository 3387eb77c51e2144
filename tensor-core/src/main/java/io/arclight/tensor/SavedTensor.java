package io.arclight.tensor;

import io.arclight.tensor.memory.Storage;

/**
 * A tensor that a gradient rule will read, in the state and at the place in the graph that it had
 * when it was saved.
 */
public final class SavedTensor {
  private final Tensor tensor;
  private final GradMeta meta;
  private final int version;

  // Null without hooks.
  private final SavedTensorHooks hooks;
  private final Object packed;
  private final Shape shape;

  private SavedTensor(Tensor tensor, GradMeta meta, SavedTensorHooks hooks) {
    this.meta = meta;
    this.hooks = hooks;
    version = tensor.version();
    if (hooks == null) {
      this.tensor = tensor;
      packed = null;
      shape = null;
    } else {
      this.tensor = null;
      packed = hooks.pack(tensor.detach());
      shape = tensor.shape();
    }
  }

  /**
   * Keeps {@code tensor} until backward reads it.
   *
   * @param meta the tensor's place in the graph, which may differ from where it is now
   * @param op who saves it, for errors
   * @throws InferenceModeException for a tensor made in inference mode
   */
  public static SavedTensor of(Tensor tensor, GradMeta meta, String op) {
    return of(tensor, meta, op, Context.current());
  }

  static SavedTensor of(Tensor tensor, GradMeta meta, String op, Context context) {
    if (tensor.storage().isInference()) {
      throw InferenceModeException.of(op, "a tensor to save for backward", tensor);
    }
    return new SavedTensor(tensor, meta, context.savedTensorHooks());
  }

  /** Whether it is a view of {@code storage}; false where hooks have packed it. */
  public boolean holds(Storage storage) {
    return tensor != null && tensor.storage() == storage;
  }

  /**
   * The tensor.
   *
   * @param op who saved it and {@code what} it is there, for errors
   * @throws InPlaceException if it was changed since
   */
  public Tensor unpack(String op, String what) {
    if (hooks != null) {
      return placed(unpacked(op, what));
    }
    if (tensor.version() != version) {
      throw changed(op, what);
    }
    return tensor.gradMeta() == meta ? tensor : placed(tensor);
  }

  /** Says that the tensor will not be unpacked any more. */
  public void release() {
    if (hooks != null) {
      hooks.release(packed);
    }
  }

  private Tensor placed(Tensor values) {
    Tensor out = values.detach();
    out.meta = meta;
    return out;
  }

  private Tensor unpacked(String op, String what) {
    Tensor out = hooks.unpack(packed);
    if (out == null || !out.shape().equals(shape)) {
      throw new TensorException(
          "a saved-tensor hook unpacked "
              + (out == null ? "null" : "a tensor of shape " + out.shape())
              + " for "
              + what
              + " of "
              + op
              + ", whose shape is "
              + shape
              + ": unpack must give back what pack was given");
    }
    return out;
  }

  private InPlaceException changed(String op, String what) {
    Storage storage = tensor.storage();
    InPlaceException e =
        new InPlaceException(
            what
                + " of "
                + op
                + " ("
                + tensor.dtype()
                + " "
                + tensor.shape()
                + ") was changed in place after it was saved for backward: "
                + storage.changedBy()
                + " brought it to version "
                + storage.version()
                + ", expected "
                + version
                + "; use the out-of-place operation or copy() first"
                + (storage.changedAt() == null
                    ? "; detectAnomaly() around the forward shows where it happened"
                    : ""));
    if (storage.changedAt() != null) {
      e.addSuppressed(storage.changedAt());
    }
    return e;
  }
}
