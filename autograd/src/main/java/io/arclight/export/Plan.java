package io.arclight.export;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import io.arclight.tensor.op.ChannelAffineOp;
import io.arclight.tensor.op.ConstantConvolution;
import io.arclight.tensor.op.ConvertOp;
import io.arclight.tensor.op.ConvolutionOp;
import io.arclight.tensor.op.LinearOp;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.PointwiseCall;
import io.arclight.tensor.op.Spec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a program runs: its steps without those that are the same in every run, with normalisations
 * by constants taken into the convolutions and linear layers before them, and when each step's
 * results are no longer read.
 */
final class Plan {
  /** Elements up to which a result of constants is kept instead of computed again. */
  private static final long SMALL = 1 << 16;

  private static final int NEVER = Integer.MAX_VALUE;

  private final List<ProgramStep> steps;
  private final Map<String, Ref> outputs;

  /** The program's, and those made here. */
  private final Map<String, Tensor> constants;

  private final Map<String, Tensor> made = new LinkedHashMap<>();

  /** By step, what runs in its place, or null. */
  private final List<ConstantConvolution> convolutions = new ArrayList<>();

  /** By step, the steps whose results it is the last to read. */
  private final List<List<Integer>> dying = new ArrayList<>();

  private final Set<Storage> constantMemory = Collections.newSetFromMap(new IdentityHashMap<>());

  private Plan(List<ProgramStep> steps, Map<String, Tensor> constants, Map<String, Ref> results) {
    this.constants = new HashMap<>(constants);
    List<ProgramStep> fused = fuse(steps, results);
    Reachable reachable = new Reachable(fused, replaced(results));
    this.steps = reachable.steps();
    this.outputs = reachable.outputs();
    made.keySet().stream()
        .filter(name -> !reachable.constants().contains(name))
        .toList()
        .forEach(name -> made.remove(name).close());
    this.constants.keySet().retainAll(reachable.constants());
    this.constants.values().forEach(t -> constantMemory.add(t.storage()));
    this.steps.forEach(step -> convolutions.add(convolution(step)));
    findLastReads();
  }

  private ConstantConvolution convolution(ProgramStep step) {
    return step.isFixed()
            && step.op(0) instanceof ConvolutionOp op
            && step.inputs().get(1) instanceof Ref.Constant weight
        ? new ConstantConvolution(op, value(weight))
        : null;
  }

  static Plan of(Program program) {
    return Scope.run(
        () -> {
          try (Context.Restore mode = Autograd.noGrad()) {
            return new Plan(program.steps(), program.constants(), program.outputs());
          }
        });
  }

  List<ProgramStep> steps() {
    return steps;
  }

  /** By step, for {@code rows} rows. */
  Op[] ops(long rows) {
    Op[] out = new Op[steps.size()];
    for (int i = 0; i < out.length; i++) {
      ConstantConvolution convolution = convolutions.get(i);
      out[i] = convolution != null ? convolution : steps.get(i).op(rows);
    }
    return out;
  }

  Map<String, Ref> outputs() {
    return outputs;
  }

  Tensor constant(String name) {
    return constants.get(name);
  }

  /** Bytes of what was made here, and packed in runs. */
  long bytes() {
    return TensorBytes.count(made.values()) + packed().mapToLong(ConstantConvolution::bytes).sum();
  }

  private Stream<ConstantConvolution> packed() {
    return convolutions.stream().filter(Objects::nonNull);
  }

  void close() {
    made.values().forEach(Tensor::close);
    packed().forEach(ConstantConvolution::close);
  }

  // ---- fusion

  private final Map<Ref, Ref> replacements = new HashMap<>();

  private List<ProgramStep> fuse(List<ProgramStep> all, Map<String, Ref> results) {
    int[] uses = new int[all.size()];
    all.forEach(step -> step.inputs().forEach(ref -> count(ref, uses)));
    results.values().forEach(ref -> count(ref, uses));
    List<ProgramStep> out = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      ProgramStep step = all.get(i);
      List<Ref> inputs = step.inputs().stream().map(this::replaced).toList();
      ProgramStep moved = inputs.equals(step.inputs()) ? step : step.with(inputs);
      out.add(moved);
      if (!moved.isFixed()) {
        continue;
      }
      Op op = moved.op(0);
      if (!inputs.isEmpty() && inputs.stream().allMatch(Ref.Constant.class::isInstance)) {
        evaluate(op, inputs, i);
      } else if (op instanceof ChannelAffineOp
          && inputs.get(0) instanceof Ref.Result of
          && uses[of.step()] == 1
          && inputs.stream().skip(1).allMatch(Ref.Constant.class::isInstance)) {
        ProgramStep layer = normalised(out.get(of.step()), inputs);
        if (layer != null) {
          out.set(of.step(), layer);
          replacements.put(new Ref.Result(i, 0), of);
        }
      }
    }
    return out;
  }

  private static void count(Ref ref, int[] uses) {
    if (ref instanceof Ref.Result result) {
      uses[result.step()]++;
    }
  }

  private Ref replaced(Ref ref) {
    return replacements.getOrDefault(ref, ref);
  }

  private Map<String, Ref> replaced(Map<String, Ref> results) {
    Map<String, Ref> out = new LinkedHashMap<>();
    results.forEach((name, ref) -> out.put(name, replaced(ref)));
    return out;
  }

  private Ref make(String stem, Tensor value) {
    String name = "plan." + stem + "." + made.size();
    made.put(name, value.keep());
    constants.put(name, value);
    return new Ref.Constant(name);
  }

  private Tensor value(Ref ref) {
    return constants.get(((Ref.Constant) ref).name());
  }

  /** Step {@code i}, once and for all, where it is small and of a kind that makes new memory. */
  private void evaluate(Op op, List<Ref> inputs, int i) {
    boolean plain = op instanceof Pointwise || op instanceof PointwiseCall;
    if (!plain && !(op instanceof ConvertOp)) {
      return;
    }
    Tensor[] operands = inputs.stream().map(this::value).toArray(Tensor[]::new);
    if (op.infer(operands).get(0).shape().elements() > SMALL) {
      return;
    }
    Tensor result = Tensor.apply(op, operands);
    if (Arrays.stream(operands).noneMatch(t -> t.storage() == result.storage())) {
      replacements.put(new Ref.Result(i, 0), make("step", result));
    }
  }

  /**
   * A convolution or linear layer whose channels are then normalised, {@code (y - mean) * scale +
   * shift}, as one of other weights; null where that cannot be.
   */
  private ProgramStep normalised(ProgramStep layer, List<Ref> norm) {
    List<Ref> inputs = layer.inputs();
    boolean known =
        layer.isFixed()
            && (layer.op(0) instanceof ConvolutionOp || layer.op(0) instanceof LinearOp)
            && inputs.stream().skip(1).allMatch(Ref.Constant.class::isInstance);
    if (!known) {
      return null;
    }
    Tensor weight = value(inputs.get(1));
    DType dtype = weight.dtype();
    Tensor mean = value(norm.get(1));
    Tensor scale = value(norm.get(2));
    Tensor shift = value(norm.get(3));
    // Halves would be rounded once more, and where something is not finite 0 is no longer 0.
    boolean exact =
        (dtype == DType.FLOAT32 || dtype == DType.FLOAT64)
            && List.of(weight, mean, scale, shift).stream()
                .allMatch(t -> t.dtype() == dtype && t.isfinite().all().item() != 0);
    if (!exact) {
      return null;
    }
    long[] rows = new long[weight.rank()];
    Arrays.fill(rows, 1);
    rows[0] = -1;
    Tensor bias = inputs.size() > 2 ? value(inputs.get(2)).sub(mean) : mean.neg();
    return layer.with(
        List.of(
            inputs.get(0),
            make("weight", weight.mul(scale.reshape(rows))),
            make("bias", bias.mul(scale).add(shift))));
  }

  // ---- memory

  private void findLastReads() {
    int[] last = new int[steps.size()];
    for (int i = 0; i < last.length; i++) {
      last[i] = i;
      for (Ref ref : steps.get(i).inputs()) {
        if (ref instanceof Ref.Result result) {
          last[result.step()] = i;
        }
      }
    }
    outputs
        .values()
        .forEach(
            ref -> {
              if (ref instanceof Ref.Result result) {
                last[result.step()] = NEVER;
              }
            });
    steps.forEach(step -> dying.add(new ArrayList<>()));
    for (int i = 0; i < last.length; i++) {
      if (last[i] != NEVER) {
        dying.get(last[i]).add(i);
      }
    }
  }

  /** The memory of a run's results, each of which views of it share. */
  final class Memory {
    private final IdentityHashMap<Storage, Integer> live = new IdentityHashMap<>();
    private final Set<Storage> given = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Whether steps run as they are: not recorded, batched or in other dtypes. */
    private final boolean plain;

    Memory(Iterable<Tensor> inputs) {
      Context context = Context.current();
      plain = context.tracer() == null && context.vmap() == null && context.autocast() == null;
      inputs.forEach(t -> given.add(t.storage()));
    }

    /**
     * The results of step {@code i}. One of elements is written over its first operand, where
     * nothing else lies in that memory and nobody reads it later.
     */
    Tensor[] run(int i, Op op, Tensor... operands) {
      return overwrites(i, op, operands)
          ? new Tensor[] {operands[0].inPlace(op, Arrays.copyOfRange(operands, 1, operands.length))}
          : Tensor.applyAll(op, operands);
    }

    private boolean overwrites(int i, Op op, Tensor... operands) {
      boolean dies =
          plain
              && (op instanceof Pointwise || op instanceof PointwiseCall)
              && steps.get(i).inputs().get(0) instanceof Ref.Result result
              && dying.get(i).contains(result.step());
      if (!dies || live.get(operands[0].storage()) != 1 || kept(operands[0].storage())) {
        return false;
      }
      Tensor target = operands[0];
      Spec spec = op.infer(operands).get(0);
      return spec.dtype() == target.dtype()
          && spec.shape().equals(target.shape())
          && Layout.preserving(spec.shape(), operands).samePlaces(target.layout());
    }

    private boolean kept(Storage storage) {
      return given.contains(storage) || constantMemory.contains(storage);
    }

    /** After step {@code i} has run: gives back what no later step reads. */
    void ran(int i, Tensor[][] results) {
      for (Tensor t : results[i]) {
        live.merge(t.storage(), 1, Integer::sum);
      }
      for (int step : dying.get(i)) {
        for (Tensor t : results[step]) {
          Storage storage = t.storage();
          boolean last = live.merge(storage, -1, Integer::sum) == 0;
          if (last && !kept(storage)) {
            storage.close();
          }
        }
        results[step] = null;
      }
    }
  }
}
