package io.arclight.nn;

/** Normalisation. */
abstract class NormalizationFunctions extends PoolingFunctions {
  NormalizationFunctions() {}
}
