package io.arclight.nn;

import java.util.Locale;

/** {@code x} times the standard normal distribution function of {@code x}. */
public final class GELU extends Activation {
  /** How the distribution function is computed. */
  public enum Approximate {
    /** Exactly. */
    NONE,
    /** By a hyperbolic tangent. */
    TANH
  }

  private final Approximate approximate;

  /** The exact one. */
  public GELU() {
    this(Approximate.NONE);
  }

  /** Exactly, or by tanh. */
  public GELU(Approximate approximate) {
    super(ActivationFunctions.geluOp(approximate));
    this.approximate = approximate;
  }

  @Override
  String arguments() {
    return "approximate='" + approximate.name().toLowerCase(Locale.ROOT) + "'";
  }
}
