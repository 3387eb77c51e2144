/** Probability distributions, as {@code torch.distributions}. */
package io.arclight.distributions;
