package io.arclight.models;

import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.Layer;
import io.arclight.nn.Sequential;
import java.util.function.Supplier;

/** A convolution without bias, batch norm, and an activation unless null: names 0, 1, 2. */
final class ConvNormActivation {
  private ConvNormActivation() {}

  /** Keeps the size but for the stride. */
  static Sequential of(
      long in, long out, long kernel, long stride, long groups, Supplier<Layer> activation) {
    Conv2d conv =
        new Conv2d(in, out, kernel)
            .stride(stride)
            .padding((kernel - 1) / 2)
            .groups(groups)
            .noBias();
    return activation == null
        ? new Sequential(conv, new BatchNorm2d(out))
        : new Sequential(conv, new BatchNorm2d(out), activation.get());
  }
}
