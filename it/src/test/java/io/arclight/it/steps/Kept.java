package io.arclight.it.steps;

/** What a step keeps for backward. */
enum Kept {
  ALL(""),
  INPUTS_OF_BLOCKS(", checkpointed blocks");

  private final String suffix;

  Kept(String suffix) {
    this.suffix = suffix;
  }

  String suffix() {
    return suffix;
  }
}
