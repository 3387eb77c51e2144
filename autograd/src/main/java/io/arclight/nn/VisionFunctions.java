package io.arclight.nn;

/** Functions of images. */
abstract class VisionFunctions extends AttentionFunctions {
  VisionFunctions() {}
}
