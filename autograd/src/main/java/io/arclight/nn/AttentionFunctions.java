package io.arclight.nn;

/** Attention. */
abstract class AttentionFunctions extends ActivationFunctions {
  AttentionFunctions() {}
}
