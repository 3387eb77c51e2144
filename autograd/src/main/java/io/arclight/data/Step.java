package io.arclight.data;

import io.arclight.tensor.Context;
import io.arclight.tensor.SampleRandom;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;

/** What surrounds the work on one batch: its memory, and its keys of randomness per sample. */
public final class Step implements AutoCloseable {
  private final Scope scope = Scope.open();
  private Context.Restore randomness;

  private Step() {}

  /** Opens the memory of a step on this thread. */
  public static Step open() {
    return new Step();
  }

  /** Takes memory over that another thread has given up. */
  public Step take(Scope.Owner owner) {
    scope.take(owner);
    return this;
  }

  /**
   * Keys randomness by sample from here on.
   *
   * @param number of the step, from the first epoch on
   * @param sampleIds int64 [n]
   */
  public Step randomness(long seed, long number, Tensor sampleIds) {
    randomness = Context.current().sampleRandom(new SampleRandom(seed, number, sampleIds));
    return this;
  }

  /** Ends this step from any thread, when what it belongs to was left and cannot close it. */
  void lose(String why) {
    scope.lose(why, this::endRandomness);
  }

  private void endRandomness() {
    if (randomness != null) {
      randomness.close();
      randomness = null;
    }
  }

  /** Gives back what was computed, but for what says {@code keep()}. */
  @Override
  public void close() {
    endRandomness();
    scope.close();
  }
}
