package io.arclight.tensor;

/** What a quantile between two elements is, as in {@code torch.quantile}. */
public enum Interpolation {
  LINEAR,
  LOWER,
  HIGHER,
  MIDPOINT,
  NEAREST
}
