package io.arclight.autograd;

import io.arclight.tensor.Node;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.Arrays;
import java.util.function.Supplier;

/** Where a bad gradient came from. */
final class Anomaly {
  private Anomaly() {}

  /** Runs a rule; its error carries the Java frame of the forward operation where one is known. */
  static Tensor[] within(Node node, Supplier<Tensor[]> rule) {
    try {
      return rule.get();
    } catch (TensorException e) {
      if (node.frame() != null) {
        e.addSuppressed(node.frame());
      }
      throw e;
    }
  }

  static void check(Node node, int input, Tensor grad) {
    if (grad.elements() == 0 || grad.isfinite().all().item() != 0) {
      return;
    }
    throw new TensorException(
        "anomaly: the gradient rule of "
            + node.op().name()
            + " gave NaN or infinity for input "
            + input
            + " of shape "
            + node.inputShape(input)
            + "; the operation was applied "
            + (node.frame() == null
                ? "before anomaly mode was on: switch it on around the forward too"
                : "at " + line(node.frame())),
        node.frame());
  }

  /** The line outside of the library that applied the operation. */
  private static String line(Throwable recorded) {
    return Arrays.stream(recorded.getStackTrace())
        .filter(f -> !f.getClassName().startsWith("io.arclight.tensor."))
        .findFirst()
        .map(StackTraceElement::toString)
        .orElse("an unknown line");
  }
}
