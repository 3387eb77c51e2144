package io.arclight.tensor.op;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.Mutant.Notice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Functions composed of operations, gradient rules among them, with the result of one of the
 * operations changed.
 */
final class StepMutants {
  private StepMutants() {}

  /**
   * An operation in what a function does.
   *
   * @param occurrence how many of this name were before it
   */
  private record Step(String name, int occurrence) {
    @Override
    public String toString() {
      return name + (occurrence == 0 ? "" : " " + (occurrence + 1));
    }
  }

  static List<Mutant> of(List<Sample> samples) {
    Set<Step> composed = new LinkedHashSet<>();
    Set<Step> rule = new LinkedHashSet<>();
    Set<Step> recorded = new LinkedHashSet<>();
    try (Scope scope = Scope.open()) {
      for (Sample s : samples) {
        if (s.op() == null) {
          composed.addAll(steps(() -> s.run()));
        } else if (s.differentiable()) {
          rule.addAll(rule(s, false));
          recorded.addAll(rule(s, true));
        }
      }
    }
    List<Mutant> out = new ArrayList<>();
    for (Step step : composed) {
      out.add(
          new Mutant(
              "step " + step + " changed",
              Notice.VALUE,
              s -> s.op() == null ? Mutant.calling(s, in -> with(step, () -> s.run(in))) : null,
              () -> () -> {}));
    }
    rule.forEach(s -> out.add(inRule(s, false)));
    recorded.forEach(s -> out.add(inRule(s, true)));
    return out;
  }

  private static Mutant inRule(Step step, boolean recording) {
    return Mutant.of(
        (recording ? "recorded gradient" : "gradient") + " with step " + step + " changed",
        recording ? Notice.RECORDED_GRADIENT : Notice.GRADIENT,
        op ->
            new MutantOp(op) {
              @Override
              public Tensor[] vjp(Vjp saved, Tensor... grads) {
                return RowOps.recording() == recording
                    ? with(step, () -> original.vjp(saved, grads))
                    : original.vjp(saved, grads);
              }
            });
  }

  // ---- finding steps

  private static List<Step> steps(Runnable function) {
    List<Step> out = new ArrayList<>();
    try (Context.Restore r =
        Context.current().intercept(new Steps((step, result) -> out.add(step)))) {
      function.run();
    }
    return out;
  }

  /** Those of the gradient rule, where gradients are recorded themselves or not. */
  private static Set<Step> rule(Sample s, boolean recording) {
    if (s.inputs().stream().noneMatch(t -> t.dtype().isDifferentiable())) {
      return Set.of();
    }
    Tensor[] inputs = s.inputs().toArray(new Tensor[0]);
    Set<Step> out = new LinkedHashSet<>();
    try (Context.Restore mode = Context.current().gradMode(recording)) {
      Tensor[] outputs = s.op().eval(s.op().infer(inputs), inputs);
      // By the first output, and by all of them, which not every operation has.
      for (int count : new int[] {1, outputs.length}) {
        Tensor[] grads = new Tensor[outputs.length];
        for (int o = 0; o < count; o++) {
          // Dense in the order of the dimensions, as checks give them.
          DType t = outputs[o].dtype();
          grads[o] =
              t.isDifferentiable()
                  ? Tensor.full(outputs[o].shape(), 1, t, outputs[o].device())
                  : null;
        }
        out.addAll(steps(() -> s.op().vjp(new Given(inputs, outputs), grads)));
      }
    } catch (RuntimeException e) {
      return out; // there is no gradient for these inputs, or by these outputs
    }
    return out;
  }

  private record Given(Tensor[] in, Tensor[] out) implements Vjp {
    @Override
    public Tensor input(int i) {
      return in[i];
    }

    @Override
    public Tensor output(int i) {
      return out[i];
    }

    @Override
    public Shape inputShape(int i) {
      return in[i].shape();
    }

    @Override
    public DType inputDType(int i) {
      return in[i].dtype();
    }

    @Override
    public Device inputDevice(int i) {
      return in[i].device();
    }

    @Override
    public int inputs() {
      return in.length;
    }

    @Override
    public boolean needs(int i) {
      return in[i].dtype().isDifferentiable();
    }
  }

  // ---- changing them

  private static Tensor[] with(Step changed, Supplier<Tensor[]> function) {
    Steps steps =
        new Steps(
            (step, result) -> {
              if (step.equals(changed)) {
                result.change();
              }
            });
    try (Context.Restore r = Context.current().intercept(steps)) {
      return function.get();
    }
  }

  private interface Visitor {
    void see(Step step, Result result);
  }

  /** What a step gave, in memory of its own or of its first input. */
  private static final class Result {
    private final Tensor[] inputs;
    private final Tensor[] outputs;

    Result(Tensor[] inputs, Tensor[] outputs) {
      this.inputs = inputs;
      this.outputs = outputs;
    }

    void change() {
      Tensor first = outputs[0];
      // Twice as much besides, as softmax and differences do not see what is added to all.
      Tensor given = first.detach();
      boolean real = given.dtype().isFloatingPoint();
      Tensor changed = RuleMutants.changed(real ? given.mul(2) : given);
      if (inputs.length > 0 && first == inputs[0]) {
        Pointwise.SECOND.evalInto(first, first, changed);
      } else {
        outputs[0] = changed;
      }
    }
  }

  /** Sees the operations of a function, not those that they consist of. */
  private static final class Steps implements Context.Interceptor {
    private final Map<String, Integer> counts = new HashMap<>();
    private final Visitor visitor;
    private boolean inside;

    Steps(Visitor visitor) {
      this.visitor = visitor;
    }

    @Override
    public Tensor[] compute(Op op, String name, Tensor[] inputs, Supplier<Tensor[]> next) {
      if (inside) {
        return next.get();
      }
      inside = true;
      try {
        Tensor[] out = next.get().clone();
        Step step = new Step(name, counts.merge(name, 1, Integer::sum) - 1);
        if (out.length > 0 && out[0] != null) {
          visitor.see(step, new Result(inputs, out));
        }
        return out;
      } finally {
        inside = false;
      }
    }
  }
}
