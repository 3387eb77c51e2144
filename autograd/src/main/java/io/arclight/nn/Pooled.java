package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * The largest elements of windows.
 *
 * @param indices int64, the places of the elements in their channel, in row-major order
 */
public record Pooled(Tensor values, Tensor indices) {}
