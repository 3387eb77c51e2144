/** What {@code torch.nn.utils} has: clipping, parameters as vectors, parametrizations, pruning. */
package io.arclight.nn.utils;
