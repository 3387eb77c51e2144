package io.arclight.tensor;

/** Standard deviations and means. */
public record StdMean(Tensor std, Tensor mean) {}
