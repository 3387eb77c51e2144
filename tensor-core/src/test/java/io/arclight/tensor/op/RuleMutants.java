package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Mutant.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Operations with a result or a gradient changed. */
final class RuleMutants {
  private RuleMutants() {}

  static List<Mutant> of(List<Sample> samples) {
    List<Mutant> out = new ArrayList<>();
    int outputs =
        samples.stream()
            .mapToInt(s -> s.op().infer(s.inputs().toArray(new Tensor[0])).size())
            .max()
            .orElse(0);
    for (int o = 0; o < outputs; o++) {
      result(out, o);
    }
    int inputs = samples.stream().mapToInt(s -> s.inputs().size()).max().orElse(0);
    if (samples.stream().noneMatch(Sample::differentiable)) {
      return out;
    }
    for (int k = 0; k < inputs; k++) {
      int i = k;
      if (samples.stream().noneMatch(s -> has(s, i))) {
        continue;
      }
      gradient(out, i, "doubled", Notice.GRADIENT, g -> g.mul(2));
      gradient(out, i, "negated", Notice.GRADIENT, Tensor::neg);
      gradient(out, i, "zero", Notice.GRADIENT, g -> g.mul(0));
      gradient(out, i, "not differentiable", Notice.SECOND_GRADIENT, Tensor::detach);
      for (int other = i + 1; other < inputs; other++) {
        int j = other;
        if (samples.stream().anyMatch(s -> has(s, i) && has(s, j) && alike(s, i, j))) {
          swapped(out, i, j);
        }
      }
    }
    return out;
  }

  private static boolean has(Sample s, int i) {
    return i < s.inputs().size()
        && s.inputs().get(i).dtype().isFloatingPoint()
        && s.inputs().get(i).elements() > 0;
  }

  private static boolean alike(Sample s, int i, int j) {
    return s.inputs().get(i).shape().equals(s.inputs().get(j).shape());
  }

  /** One more, or for truth values the other. */
  static Tensor changed(Tensor t) {
    return t.dtype() == DType.BOOL ? t.logicalNot() : t.add(t.zerosLike().add(1));
  }

  private static void result(List<Mutant> out, int o) {
    out.add(
        Mutant.of(
            (o == 0 ? "result" : "result " + o) + " changed",
            Notice.VALUE,
            op ->
                new MutantOp(op) {
                  @Override
                  public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
                    Tensor[] results = super.eval(outputs, inputs).clone();
                    if (o < results.length && results[o] != null) {
                      results[o] = changed(results[o]);
                    }
                    return results;
                  }
                }));
  }

  private static void gradient(
      List<Mutant> out, int i, String what, Notice notice, UnaryOperator<Tensor> change) {
    out.add(
        Mutant.of(
            "gradient " + i + " " + what,
            notice,
            op -> withGradients(op, g -> changed(g, i, change))));
  }

  private static Tensor[] changed(Tensor[] grads, int i, UnaryOperator<Tensor> change) {
    Tensor[] out = grads.clone();
    if (i < out.length && out[i] != null) {
      out[i] = change.apply(out[i]);
    }
    return out;
  }

  private static void swapped(List<Mutant> out, int i, int j) {
    out.add(
        Mutant.of(
            "gradients " + i + " and " + j + " swapped",
            Notice.GRADIENT,
            op ->
                withGradients(
                    op,
                    g -> {
                      Tensor[] swapped = g.clone();
                      if (j < g.length
                          && g[i] != null
                          && g[j] != null
                          && g[i].shape().equals(g[j].shape())) {
                        swapped[i] = g[j];
                        swapped[j] = g[i];
                      }
                      return swapped;
                    })));
  }

  private static Op withGradients(Op op, UnaryOperator<Tensor[]> change) {
    return new MutantOp(op) {
      @Override
      public Tensor[] vjp(Vjp saved, Tensor... grads) {
        return change.apply(super.vjp(saved, grads));
      }
    };
  }
}
