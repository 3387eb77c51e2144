package io.arclight.it.steps;

/** A training step of one model as each library writes it; each side is made once, then timed. */
interface Model {
  /** What is trained, with its sizes. */
  String description();

  /** A step; it opens a scope of its own. */
  Runnable arclight();

  /** A step of libtorch's in a pointer scope of its own. */
  Runnable libtorch();

  /** A Python script that defines {@code step()}; {@code torch} is imported. */
  String python();
}
