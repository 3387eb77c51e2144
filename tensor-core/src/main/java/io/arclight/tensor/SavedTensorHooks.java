package io.arclight.tensor;

/**
 * What becomes of tensors that gradient rules will read: they are packed when they are saved and
 * unpacked when backward needs them.
 */
public interface SavedTensorHooks {
  /** Anything that {@link #unpack} can make {@code tensor}'s values from; called in forward. */
  Object pack(Tensor tensor);

  /** A tensor of the packed one's shape, dtype and device; called in backward, maybe repeatedly. */
  Tensor unpack(Object packed);

  /** Told that what was packed will not be unpacked any more; may never come. */
  default void release(Object packed) {}
}
