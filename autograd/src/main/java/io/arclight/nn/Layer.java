package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** A module from one tensor to one tensor. */
public abstract class Layer extends Module {

  /** What the layer computes; callers use {@link #call} so that hooks run. */
  public abstract Tensor forward(Tensor input);

  /** Runs {@link #forward} between the hooks. */
  public final Tensor call(Tensor input) {
    return within(in -> forward(in[0]), input);
  }
}
