package io.arclight.tensor;

/**
 * The different elements, or slices, of a tensor.
 *
 * @param inverse int64: for each element, or slice, its place in {@code values}
 * @param counts int64: how often each of {@code values} occurs
 */
public record Unique(Tensor values, Tensor inverse, Tensor counts) {}
