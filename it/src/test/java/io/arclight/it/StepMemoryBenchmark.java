package io.arclight.it;

import io.arclight.it.steps.StepMemory;
import java.io.IOException;

/**
 * How much memory tensors take at most in the training steps of a GPT and a ResNet, with and
 * without checkpoints, beside PyTorch of pip.
 */
public final class StepMemoryBenchmark {
  private StepMemoryBenchmark() {}

  /** Arguments: a Python executable with torch and torchvision. */
  public static void main(String[] args) throws IOException, InterruptedException {
    StepMemory.run(args.length > 0 ? args[0] : null);
  }
}
