package io.arclight.export;

import io.arclight.autograd.Autograd;
import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.nn.Layer;
import io.arclight.nn.Module;
import io.arclight.tensor.Context;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.Op;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * A model as data: the operations from raw inputs to outputs, for any number of rows, with its
 * weights and signature. It runs without the model's class; threads may share it.
 *
 * <pre>{@code
 * Program program = Program.trace(model, Signature.of("pixels", Shape.of(784)));
 * program.save(LocalBlobStore.at(folder));
 * Tensor logits = Program.load(LocalBlobStore.at(folder)).run(Map.of("pixels", x)).get("output");
 * }</pre>
 */
public final class Program implements AutoCloseable {
  /** The output of a program that was traced from a {@link Layer}. */
  public static final String OUTPUT = "output";

  private static final int CACHED_SIZES = 64;

  private final Signature signature;
  private final List<ProgramStep> steps;
  private final Map<String, Tensor> constants;
  private final Map<String, Ref> outputs;

  /** Made by the first run. */
  private volatile Plan plan;

  /** Operations by number of rows, for what follows it. */
  private final Map<Long, Op[]> sized = new ConcurrentHashMap<>();

  Program(
      Signature signature,
      List<ProgramStep> steps,
      Map<String, Tensor> constants,
      Map<String, Ref> outputs) {
    this.signature = signature;
    this.steps = List.copyOf(steps);
    this.constants = constants;
    this.outputs = outputs;
  }

  /** Records {@code model} in evaluation mode, from one input to {@value #OUTPUT}. */
  public static Program trace(Layer model, Signature signature) {
    if (signature.inputs().size() != 1) {
      throw new IllegalArgumentException(
          "a Layer has one input, the signature "
              + signature.inputs().size()
              + ": trace a function of the named inputs instead");
    }
    String input = signature.inputs().get(0).name();
    return trace(model, in -> Map.of(OUTPUT, model.call(in.get(input))), signature);
  }

  /**
   * Records {@code function} of the transformed inputs by name, with {@code module} in evaluation
   * mode. The weights are copied: the program stays as it is while the module trains on. Lazy
   * layers take their sizes from the signature.
   *
   * @throws TensorException naming operation and line if the function reads values, or does other
   *     things at other numbers of rows
   */
  public static Program trace(
      Module module,
      Function<Map<String, Tensor>, Map<String, Tensor>> function,
      Signature signature) {
    return Tracing.trace(module, function, signature);
  }

  /** What it takes and gives. */
  public Signature signature() {
    return signature;
  }

  /** The names of the outputs. */
  public List<String> outputNames() {
    return List.copyOf(outputs.keySet());
  }

  /** Weights and other constants by name. */
  public Map<String, Tensor> constants() {
    return constants;
  }

  /** Bytes of the weights, and of what runs have instead of them. */
  public long bytes() {
    Plan made = plan;
    return TensorBytes.count(constants.values()) + (made == null ? 0 : made.bytes());
  }

  /**
   * Runs on raw {@code inputs} by name, each [n, ...]; nothing is recorded. What is the same in
   * every run is computed in the first, weights of convolutions are packed in it as the library
   * reads them, and batch normalisations are taken into the layers before them, which may change
   * the last digits.
   *
   * @return the outputs by name, in the caller's memory scope
   * @throws TensorException if the inputs do not fit the signature
   */
  public Map<String, Tensor> run(Map<String, Tensor> inputs) {
    long rows = rows(inputs);
    return Scope.run(
        () -> {
          try (Context.Restore mode = Autograd.noGrad()) {
            Plan plan = plan();
            Op[] ops = ops(plan, rows);
            Tensor[][] results = new Tensor[ops.length][];
            Plan.Memory memory = plan.new Memory(inputs.values());
            for (int i = 0; i < ops.length; i++) {
              List<Ref> from = plan.steps().get(i).inputs();
              Tensor[] operands = new Tensor[from.size()];
              for (int j = 0; j < operands.length; j++) {
                operands[j] = resolve(plan, from.get(j), inputs, results);
              }
              results[i] = memory.run(i, ops[i], operands);
              memory.ran(i, results);
            }
            Map<String, Tensor> out = new LinkedHashMap<>();
            plan.outputs()
                .forEach((name, ref) -> out.put(name, resolve(plan, ref, inputs, results)));
            return out;
          }
        });
  }

  private Plan plan() {
    Plan known = plan;
    if (known == null) {
      synchronized (sized) {
        known = plan;
        if (known == null) {
          known = Plan.of(this);
          plan = known;
        }
      }
    }
    return known;
  }

  private long rows(Map<String, Tensor> inputs) {
    long rows = -1;
    for (InputSpec spec : signature.inputs()) {
      Tensor value = inputs.get(spec.name());
      if (value == null) {
        throw new TensorException(
            "the program needs input '" + spec.name() + "', got " + inputs.keySet());
      }
      long n = spec.rows(value);
      if (rows >= 0 && n != rows) {
        throw new TensorException(
            "input '" + spec.name() + "' has " + n + " rows, the ones before " + rows);
      }
      rows = n;
    }
    return rows;
  }

  private Op[] ops(Plan plan, long rows) {
    Op[] known = sized.get(rows);
    if (known == null) {
      known = plan.ops(rows);
      if (sized.size() >= CACHED_SIZES) {
        sized.clear();
      }
      sized.put(rows, known);
    }
    return known;
  }

  private static Tensor resolve(
      Plan plan, Ref ref, Map<String, Tensor> inputs, Tensor[][] results) {
    if (ref instanceof Ref.Input input) {
      return inputs.get(input.name()).contiguous();
    }
    if (ref instanceof Ref.Constant constant) {
      return plan.constant(constant.name());
    }
    Ref.Result result = (Ref.Result) ref;
    Tensor[] of = results[result.step()];
    if (result.output() >= of.length) {
      throw new TensorException(
          "step " + result.step() + " of the program has no output " + result.output());
    }
    return of[result.output()];
  }

  /** This program on {@code device}; itself where it is there already. */
  public Program to(Device device) {
    if (constants.values().stream().allMatch(t -> t.device().equals(device))) {
      return this;
    }
    Map<String, Tensor> moved = new LinkedHashMap<>();
    constants.forEach((name, tensor) -> moved.put(name, tensor.to(device).keep()));
    return new Program(signature, steps, moved, outputs);
  }

  /**
   * Writes a version of this program into a folder and makes it the current one. Versions written
   * before stay and can be loaded by their hash.
   *
   * @return the hash of all that was written
   */
  public String save(BlobStore folder) throws IOException {
    return ProgramFiles.save(this, folder);
  }

  /** The current version in {@code folder}; see {@link #load(BlobStore, String)}. */
  public static Program load(BlobStore folder) throws IOException {
    return ProgramFiles.load(folder, ProgramFiles.current(folder));
  }

  /**
   * The version of {@code hash} in {@code folder}. All files are checked against it before use.
   *
   * @throws MalformedFileException if a file is missing, changed or not what it should be
   */
  public static Program load(BlobStore folder, String hash) throws IOException {
    return ProgramFiles.load(folder, hash);
  }

  /** The hash of the current version in {@code folder}. */
  public static String hash(BlobStore folder) throws IOException {
    return ProgramFiles.current(folder);
  }

  /** Gives the memory of the weights back; the program cannot run any more. */
  @Override
  public void close() {
    constants.values().forEach(Tensor::close);
    if (plan != null) {
      plan.close();
    }
  }

  List<ProgramStep> steps() {
    return steps;
  }

  Map<String, Ref> outputs() {
    return outputs;
  }
}
