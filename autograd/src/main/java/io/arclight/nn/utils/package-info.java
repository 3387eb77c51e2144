/**
 * What {@code torch.nn.utils} has: clipping, parameters as vectors, parametrizations, pruning,
 * sequences of different lengths.
 */
package io.arclight.nn.utils;
