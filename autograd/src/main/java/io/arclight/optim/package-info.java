/** Optimizers, each update one fused kernel, learning-rate schedules and gradient clipping. */
package io.arclight.optim;
