package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.TensorsFunction;
import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.Program;
import io.arclight.export.SafeTensors;
import io.arclight.export.Signature;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What PyTorch gave for modules and functions, by {@code it/oracle/golden.py}: a file for each
 * family, cases by name. Close it at the end of the test class.
 */
public final class Golden implements AutoCloseable {
  /** Of a value, and of the largest value beside it: sums are taken in other orders. */
  private static final double RELATIVE = 1e-5;

  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;
  private final Set<String> unseen = new TreeSet<>();
  private double tolerance = RELATIVE;

  private Golden(SafeTensors file) {
    this.tensors = file.tensors();
    this.metadata = file.metadata();
    tensors.keySet().forEach(key -> unseen.add(key.substring(0, key.indexOf('/'))));
  }

  /** Reads a resource beside {@code test}. */
  public static Golden read(Class<?> test, String resource) {
    try (InputStream in = test.getResourceAsStream(resource)) {
      return new Golden(SafeTensors.read(in, resource));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A wider relative tolerance for the next checks, with a reason where it is called. */
  public Golden tolerance(double relative) {
    tolerance = relative;
    return this;
  }

  /** The case's tensors of a kind: state, in, out, cotangent, gradin, grad or after. */
  public Map<String, Tensor> part(String name, String kind) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    String prefix = name + "/" + kind + "/";
    tensors.forEach(
        (key, tensor) -> {
          if (key.startsWith(prefix)) {
            out.put(key.substring(prefix.length()), tensor);
          }
        });
    return out;
  }

  /** What the file says under {@code key}. */
  public String text(String key) {
    return metadata.get(key);
  }

  /** The case's inputs, in order. */
  public Tensor[] inputs(String name) {
    return ordered(part(name, "in"));
  }

  private static Tensor[] ordered(Map<String, Tensor> byNumber) {
    Tensor[] out = new Tensor[byNumber.size()];
    byNumber.forEach((number, tensor) -> out[Integer.parseInt(number)] = tensor);
    return out;
  }

  /** Loads the state, strictly; outputs, gradients and buffers must be PyTorch's. */
  public void check(String name, Layer layer) {
    check(name, layer, in -> new Tensor[] {layer.call(in[0])});
  }

  /** As {@link #check(String, Layer)}, for a module that is called some other way. */
  public void check(String name, Module module, TensorsFunction call) {
    module.loadStateDict(part(name, "state"));
    module.zeroGrad();
    check(name, call);
    Map<String, Tensor> grads = part(name, "grad");
    module
        .namedParameters()
        .forEach(
            (key, p) -> {
              Tensor expected = grads.get(key);
              if (expected == null) {
                assertThat(p.grad()).as(name + ": gradient of " + key).isNull();
              } else {
                close(name + ": gradient of " + key, p.grad(), expected);
              }
            });
    Map<String, Tensor> after = part(name, "after");
    assertThat(module.namedBuffers().keySet()).as(name + ": buffers").containsAll(after.keySet());
    after.forEach((key, b) -> close(name + ": " + key, module.namedBuffers().get(key), b));
  }

  /** Outputs and gradients of the inputs must be PyTorch's. */
  public void check(String name, TensorsFunction function) {
    assertThat(part(name, "out")).as("no such case: " + name).isNotEmpty();
    unseen.remove(name);
    try (Scope scope = Scope.open()) {
      Tensor[] inputs = inputs(name);
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = inputs[i].detach().requiresGrad(inputs[i].dtype().isFloatingPoint());
      }
      Tensor[] out = function.applyAll(inputs);
      Tensor[] expected = ordered(part(name, "out"));
      assertThat(out).as(name + ": outputs").hasSameSizeAs(expected);
      for (int i = 0; i < out.length; i++) {
        close(name + ": output " + i, out[i], expected[i]);
      }
      backward(name, inputs, out);
    }
  }

  /** As {@link #checkModel(String, Module, TensorsFunction)}, of a layer. */
  public void checkModel(String name, Layer model) {
    checkModel(name, model, in -> new Tensor[] {model.call(in[0])});
  }

  /**
   * A case of {@code golden.model}: the same names and shapes in the same order, and with the same
   * weights the same outputs and gradients.
   */
  public void checkModel(String name, Module model, TensorsFunction call) {
    fillModel(name, model);
    check(name, call);
    Map<String, Tensor> expected = part(name, "gradients");
    double largest = expected.values().stream().mapToDouble(t -> t.toDoubles()[1]).max().orElse(0);
    int key = 0;
    for (Map.Entry<String, Tensor> entry : model.namedParameters().entrySet()) {
      Tensor pair = expected.get(entry.getKey());
      String what = name + ": gradient of " + entry.getKey();
      if (pair == null) {
        assertThat(entry.getValue().grad()).as(what).isNull();
      } else {
        assertThat(entry.getValue().grad()).as(what).isNotNull();
        Tensor grad = entry.getValue().grad().to(DType.FLOAT64).flatten();
        double norm = pair.toDoubles()[1];
        // Some gradients are nothing but rounding, such as a bias of keys.
        double bound = 10 * tolerance * (norm + 1e-2 * largest);
        Tensor weights = Tensor.of(formula(grad.elements(), key));
        assertThat(grad.mul(weights).sum().item())
            .as(what)
            .isCloseTo(pair.toDoubles()[0], within(bound));
        assertThat(grad.square().sum().sqrt().item()).as(what).isCloseTo(norm, within(bound));
      }
      key++;
    }
  }

  /** Gives {@code model} the weights of the case, whose names and shapes it must have. */
  public void fillModel(String name, Module model) {
    List<String> names = new ArrayList<>();
    model.stateDict().forEach((key, t) -> names.add("[\"" + key + "\", " + t.shape() + "]"));
    assertThat(names.toString()).as(name + ": state").isEqualTo(metadata.get(name));
    int key = 0;
    for (Map.Entry<String, Tensor> entry : model.stateDict().entrySet()) {
      fill(entry.getKey(), entry.getValue(), key++);
    }
  }

  private static void fill(String name, Tensor t, int key) {
    if (!t.dtype().isFloatingPoint()) {
      return;
    }
    double[] values = formula(t.elements(), key);
    long fanIn = t.rank() > 1 ? t.elements() / t.dim(0) : 1;
    boolean shift = name.endsWith("bias") || name.endsWith("running_mean");
    for (int i = 0; i < values.length; i++) {
      values[i] =
          t.rank() > 1
              ? values[i] * (2 * Math.sqrt(3.0 / fanIn))
              : shift ? values[i] * 0.2 : values[i] * 0.4 + 1;
    }
    try (Scope scope = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      t.copyInPlace(Tensor.of(values, t.shape()).to(t.dtype()));
    }
  }

  /** As {@code formula} in golden.py. */
  private static double[] formula(long elements, int key) {
    double[] out = new double[Math.toIntExact(elements)];
    long mask = 0xffffffffL;
    for (int i = 0; i < out.length; i++) {
      long h = (i * 2654435761L + key * 40503L + 12345) & mask;
      h = ((h ^ (h >> 15)) * 739982445L) & mask;
      out[i] = ((h ^ (h >> 12)) % (1 << 24)) / (double) (1 << 24) - 0.5;
    }
    return out;
  }

  private void backward(String name, Tensor[] inputs, Tensor[] outputs) {
    List<Tensor> roots = new ArrayList<>();
    List<Tensor> cotangents = new ArrayList<>();
    part(name, "cotangent")
        .forEach(
            (number, c) -> {
              roots.add(outputs[Integer.parseInt(number)]);
              cotangents.add(c);
            });
    if (roots.isEmpty()) {
      return;
    }
    Tensor total = roots.get(0).mul(cotangents.get(0)).sum();
    for (int i = 1; i < roots.size(); i++) {
      total = total.add(roots.get(i).mul(cotangents.get(i)).sum());
    }
    total.backward();
    part(name, "gradin")
        .forEach(
            (number, expected) ->
                close(
                    name + ": gradient of input " + number,
                    inputs[Integer.parseInt(number)].grad(),
                    expected));
  }

  private void close(String what, Tensor actual, Tensor expected) {
    assertThat(actual).as(what).isNotNull();
    assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
    assertThat(actual.dtype()).as(what).isEqualTo(expected.dtype());
    double[] a = actual.detach().to(DType.FLOAT64).toDoubles();
    double[] e = expected.to(DType.FLOAT64).toDoubles();
    double largest = Arrays.stream(e).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    double bound = expected.dtype().isFloatingPoint() ? tolerance * (largest + 1e-3) : 0;
    for (int i = 0; i < e.length; i++) {
      boolean same = Double.compare(a[i], e[i]) == 0 || Math.abs(a[i] - e[i]) <= bound;
      assertThat(same).as("%s[%d]: %s, PyTorch %s ± %s", what, i, a[i], e[i], bound).isTrue();
    }
  }

  /**
   * As a saved and loaded program, in evaluation mode, {@code layer} gives what it gives itself, on
   * the case's input and on other numbers of rows.
   */
  public void traces(String name, Layer layer, Path folder) throws IOException {
    if (metadata.containsKey(name)) {
      fillModel(name, layer);
    } else {
      layer.loadStateDict(part(name, "state"));
    }
    layer.eval();
    try (Scope scope = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      Tensor x = inputs(name)[0];
      long[] row = Arrays.copyOfRange(x.shape().toArray(), 1, x.rank());
      try (Program program = Program.trace(layer, Signature.of("x", Shape.of(row)))) {
        program.save(LocalBlobStore.at(folder));
      }
      try (Program program = Program.load(LocalBlobStore.at(folder))) {
        for (Tensor rows : List.of(x, x.narrow(0, 0, 1), Tensor.cat(0, x, x, x))) {
          close(
              name + " traced, of " + rows.dim(0) + " rows",
              program.run(Map.of("x", rows)).get(Program.OUTPUT),
              layer.call(rows));
        }
      }
    } finally {
      layer.train();
    }
  }

  /** Fails if a case was not checked, and gives the memory back. */
  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
    assertThat(unseen).as("cases that no test checked").isEmpty();
  }
}
