/**
 * Operations as values: each says which inputs it takes and which outputs it gives, how it is
 * computed and differentiated, and has the samples that its tests are made from.
 */
package io.arclight.tensor.op;
