package io.arclight.nn;

/** Pooling. */
abstract class PoolingFunctions extends ConvolutionFunctions {
  PoolingFunctions() {}
}
