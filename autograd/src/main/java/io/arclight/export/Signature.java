package io.arclight.export;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a program takes and what its output means.
 *
 * @param inputs in order
 * @param labels the classes of its logits; null for anything but a classifier
 */
public record Signature(List<InputSpec> inputs, Labels labels) {

  public Signature {
    inputs = List.copyOf(inputs);
    Set<String> names = new HashSet<>();
    for (InputSpec input : inputs) {
      if (!names.add(input.name())) {
        throw new IllegalArgumentException("two inputs are called '" + input.name() + "'");
      }
    }
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("a program needs at least one input");
    }
  }

  /** Of these inputs, without class labels. */
  public static Signature of(InputSpec... inputs) {
    return new Signature(List.of(inputs), null);
  }

  /** One float32 input. */
  public static Signature of(String name, Shape rowShape) {
    return of(InputSpec.of(name, DType.FLOAT32, rowShape));
  }

  /** Whose output is one number for each of these classes. */
  public Signature labels(Labels classes) {
    return new Signature(inputs, classes);
  }
}
