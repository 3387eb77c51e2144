package io.arclight.export;

import io.arclight.tensor.Context;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Storage;
import io.arclight.tensor.op.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The operations of one run of a function at one batch size. */
final class Trace implements Context.Tracer {
  /** One operation; {@code frame} is the line of the user's code. */
  record Step(Op op, List<Ref> inputs, String frame) {}

  private static final StackWalker WALKER = StackWalker.getInstance();

  final long rows;
  final List<Step> steps = new ArrayList<>();
  final Map<String, Tensor> constants = new LinkedHashMap<>();
  Map<String, Ref> outputs;

  private final IdentityHashMap<Tensor, Ref> values = new IdentityHashMap<>();
  private final Map<String, Tensor> weights;

  Trace(long rows, Map<String, Tensor> inputs, Map<String, Tensor> weights) {
    this.rows = rows;
    this.weights = weights;
    inputs.forEach((name, tensor) -> values.put(tensor, new Ref.Input(name)));
  }

  @Override
  public void applied(Op op, Tensor[] inputs, Tensor[] results) {
    List<Ref> from = new ArrayList<>();
    for (Tensor input : inputs) {
      from.add(ref(input));
    }
    for (int i = 0; i < results.length; i++) {
      values.put(results[i], new Ref.Result(steps.size(), i));
    }
    steps.add(new Step(op, from, frame()));
  }

  @Override
  public void aliased(Tensor of, Tensor handle) {
    values.put(handle, ref(of));
  }

  @Override
  public void read(Tensor tensor) {
    throw new TensorException(
        "a value of shape "
            + tensor.shape()
            + " is read while a program is being traced, at "
            + frame()
            + ": a program cannot depend on values; express it by tensor operations such as where");
  }

  void outputs(Map<String, Tensor> results) {
    outputs = new LinkedHashMap<>();
    results.forEach((name, tensor) -> outputs.put(name, ref(tensor)));
  }

  private Ref ref(Tensor tensor) {
    Ref known = values.get(tensor);
    if (known == null) {
      known = new Ref.Constant(constant(tensor));
      values.put(tensor, known);
    }
    return known;
  }

  /** The name of a tensor that no recorded operation made. */
  private String constant(Tensor tensor) {
    for (Map.Entry<String, Tensor> weight : weights.entrySet()) {
      if (sameMemory(weight.getValue(), tensor)) {
        constants.put(weight.getKey(), tensor);
        return weight.getKey();
      }
    }
    String name = "constant." + constants.size();
    constants.put(name, tensor);
    return name;
  }

  private static boolean sameMemory(Tensor a, Tensor b) {
    Storage storage = a.storage();
    Layout x = a.layout();
    Layout y = b.layout();
    return storage == b.storage()
        && a.dtype() == b.dtype()
        && x.shape().equals(y.shape())
        && x.offset() == y.offset()
        && Arrays.equals(x.strides(), y.strides());
  }

  private static String frame() {
    return WALKER.walk(
        frames ->
            frames
                .filter(f -> !library(f.getClassName()))
                .findFirst()
                .map(f -> f.toStackTraceElement().toString())
                .orElse("an unknown line"));
  }

  private static boolean library(String className) {
    return className.startsWith("io.arclight.tensor.")
        || className.startsWith("io.arclight.export.Trac")
        || className.startsWith("java.");
  }
}
