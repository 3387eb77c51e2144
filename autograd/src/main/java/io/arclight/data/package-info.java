/** Batches of named tensors, data sets in memory, and loaders that own each step's memory. */
package io.arclight.data;
