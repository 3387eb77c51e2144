package io.arclight.export;

import io.arclight.nn.Layer;
import io.arclight.nn.Module;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * A module and sample inputs, from which {@link ServedModulesTest} makes a saved program.
 *
 * @param module the class that the case stands for
 */
record ServedCase<M extends Module>(
    Class<?> module,
    Supplier<M> create,
    List<Input> inputs,
    BiFunction<M, Tensor[], Tensor[]> forward) {

  /** The values of an input: normal ones, or whole numbers below {@code bound}. */
  record Input(DType dtype, Shape row, long bound) {
    static Input floats(long... row) {
      return new Input(DType.FLOAT32, Shape.of(row), 0);
    }

    static Input ids(long bound, long... row) {
      return new Input(DType.INT64, Shape.of(row), bound);
    }

    Tensor rows(long rows) {
      long[] sizes = new long[row.rank() + 1];
      sizes[0] = rows;
      System.arraycopy(row.toArray(), 0, sizes, 1, row.rank());
      return bound > 0
          ? Tensor.randint(0, bound, Shape.of(sizes))
          : Tensor.randn(Shape.of(sizes)).to(dtype);
    }
  }

  static <L extends Layer> ServedCase<L> layer(Supplier<L> create, Input input) {
    return module(create, (layer, in) -> layer.call(in[0]), input);
  }

  static <M extends Module> ServedCase<M> module(
      Supplier<M> create, BiFunction<M, Tensor[], Tensor> forward, Input... inputs) {
    return several(create, (m, in) -> new Tensor[] {forward.apply(m, in)}, inputs);
  }

  static <M extends Module> ServedCase<M> several(
      Supplier<M> create, BiFunction<M, Tensor[], Tensor[]> forward, Input... inputs) {
    return new ServedCase<>(create.get().getClass(), create, List.of(inputs), forward);
  }

  /** Of inputs {@code x0}, {@code x1}, ... */
  Signature signature() {
    List<InputSpec> specs = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      specs.add(InputSpec.of("x" + i, inputs.get(i).dtype(), inputs.get(i).row()));
    }
    return Signature.of(specs.toArray(new InputSpec[0]));
  }

  Map<String, Tensor> rows(long rows) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      out.put("x" + i, inputs.get(i).rows(rows));
    }
    return out;
  }

  /** Outputs {@code 0}, {@code 1}, ... of inputs by name. */
  Map<String, Tensor> run(M model, Map<String, Tensor> in) {
    Tensor[] values = new Tensor[inputs.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.get("x" + i);
    }
    Tensor[] results = forward.apply(model, values);
    Map<String, Tensor> out = new LinkedHashMap<>();
    for (int i = 0; i < results.length; i++) {
      out.put(Integer.toString(i), results[i]);
    }
    return out;
  }

  Program trace(M model) {
    return Program.trace(model, in -> run(model, in), signature());
  }

  @Override
  public String toString() {
    return create.get() + " " + inputs;
  }
}
