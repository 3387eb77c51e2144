package io.arclight.nn.utils;

import io.arclight.nn.Module;
import io.arclight.tensor.Context;
import io.arclight.tensor.Generator;
import java.util.function.Supplier;

/** Modules without first values, for those that are loaded at once. */
public final class SkipInit {
  private SkipInit() {}

  /**
   * What {@code module} makes, drawing nothing: values that would be random are undefined, and the
   * stream of random numbers stays where it is.
   *
   * <pre>{@code
   * Gpt2 model = SkipInit.skipInit(() -> new Gpt2(config));
   * model.loadStateDict(weights);
   * }</pre>
   */
  public static <M extends Module> M skipInit(Supplier<M> module) {
    try (Context.Restore mode = Context.current().generator(Generator.blank())) {
      return module.get();
    }
  }
}
