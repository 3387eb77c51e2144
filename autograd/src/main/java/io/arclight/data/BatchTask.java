package io.arclight.data;

import io.arclight.tensor.Context;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Philox;
import java.util.function.Supplier;

/**
 * One batch that is to be made, on any thread.
 *
 * @param ids of its samples
 * @param work makes it
 */
record BatchTask<B>(long[] ids, Supplier<B> work) {

  /** What is drawn at random on the way depends on seed, epoch and number of the batch only. */
  B make(long seed, int epoch, long number) {
    Generator stream = new Generator(Philox.mix(Philox.mix(seed, epoch), number));
    try (Context.Restore restore = Context.current().generator(stream)) {
      return work.get();
    }
  }
}
