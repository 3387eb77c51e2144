package io.arclight.tensor;

/** Variances and means. */
public record VarMean(Tensor var, Tensor mean) {}
