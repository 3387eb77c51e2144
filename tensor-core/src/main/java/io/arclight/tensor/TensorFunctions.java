package io.arclight.tensor;

/** What is called on {@link Tensor} itself: functions of several tensors, creation. */
abstract class TensorFunctions extends ComplexFunctions {}
