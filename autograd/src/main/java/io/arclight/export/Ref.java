package io.arclight.export;

/** Where a step's operand comes from. */
sealed interface Ref {

  /** The input of a name. */
  record Input(String name) implements Ref {}

  /** The weight or other constant of a name. */
  record Constant(String name) implements Ref {}

  /** An output of an earlier step. */
  record Result(int step, int output) implements Ref {}
}
