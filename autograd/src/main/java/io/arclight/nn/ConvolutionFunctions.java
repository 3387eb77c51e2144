package io.arclight.nn;

/** Convolutions. */
abstract class ConvolutionFunctions extends LinearFunctions {
  ConvolutionFunctions() {}
}
