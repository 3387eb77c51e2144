package io.arclight.tensor;

/** What {@code frexp} splits numbers into: {@code mantissa * 2^exponent}. */
public record Frexp(Tensor mantissa, Tensor exponent) {}
