package io.arclight.tensor.ir;

import java.util.List;

/** One instruction of an interpreted kernel: reads and writes the first n elements of registers. */
@FunctionalInterface
interface Step {
  void run(Frame frame, int n);

  /** The steps one after the other. */
  static Step sequence(List<Step> steps) {
    if (steps.size() == 1) {
      return steps.get(0);
    }
    Step[] array = steps.toArray(Step[]::new);
    return (f, n) -> {
      for (Step step : array) {
        step.run(f, n);
      }
    };
  }
}
