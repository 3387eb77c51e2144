package io.arclight.it;

import io.arclight.it.showcase.Showcases;

/** Trains the model zoo on real data: see {@link Showcases}. */
public final class Showcase {
  private Showcase() {}

  /** Arguments: names of showcases; all without one. Needs the folder {@code shared/data}. */
  @SuppressWarnings("SystemExitOutsideMain")
  public static void main(String[] args) throws Exception {
    boolean reached = Showcases.run(args);
    // Barrier stages leave threads behind that would keep the JVM.
    System.exit(reached ? 0 : 1);
  }
}
