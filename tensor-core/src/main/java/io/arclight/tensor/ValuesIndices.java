package io.arclight.tensor;

/**
 * Elements of a tensor along a dimension, and where they are in it.
 *
 * @param indices int64, of the values' shape
 */
public record ValuesIndices(Tensor values, Tensor indices) {}
