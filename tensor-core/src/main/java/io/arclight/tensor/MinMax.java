package io.arclight.tensor;

/** The least and the greatest elements. */
public record MinMax(Tensor min, Tensor max) {}
