package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.VmapLevel;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One comparison of a function's gradients with differences. */
final class GradComparison {
  private final GradCheck options;
  private final TensorsFunction function;
  private final Tensor[] inputs;
  private final List<Tensor> wanted = new ArrayList<>();
  private final List<Integer> places = new ArrayList<>();
  private final Tensor[] outputs;

  GradComparison(GradCheck options, TensorsFunction function, Tensor[] inputs) {
    this.options = options;
    this.function = function;
    this.inputs = inputs;
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].requiresGrad()) {
        wanted.add(inputs[i]);
        places.add(i);
      }
    }
    outputs = function.applyAll(inputs);
  }

  /** What is wrong, or null. */
  String problem() {
    for (int o = 0; o < outputs.length; o++) {
      if (!outputs[o].dtype().isFloatingPoint()) {
        continue;
      }
      String problem = outputs[o].requiresGrad() ? nondeterminism(o) : null;
      problem = problem != null ? problem : compare(o);
      if (problem == null && options.batched() && outputs[o].requiresGrad()) {
        problem = batching(o);
      }
      if (problem != null) {
        return problem;
      }
    }
    return null;
  }

  /** Gradients of the wanted inputs from that of output {@code o}; zeros where it has none. */
  private Tensor[] gradients(int o, Tensor grad) {
    if (!outputs[o].requiresGrad()) {
      return wanted.stream().map(Tensor::zerosLike).toArray(Tensor[]::new);
    }
    Tensor[] grads =
        Autograd.grad(
            List.of(outputs[o]),
            wanted,
            GradOptions.standard().graph(GraphUse.RETAIN).allowUnused().gradOutputs(grad));
    for (int i = 0; i < grads.length; i++) {
      grads[i] = grads[i] == null ? wanted.get(i).zerosLike() : grads[i];
    }
    return grads;
  }

  private String nondeterminism(int o) {
    Tensor grad = direction(outputs[o].shape(), o).to(outputs[o].device());
    Tensor[] first = gradients(o, grad);
    Tensor[] second = gradients(o, grad);
    for (int i = 0; i < first.length; i++) {
      if (first[i].elements() == 0) {
        continue;
      }
      double difference = first[i].sub(second[i]).abs().max().item();
      if (difference > options.nondetTol()) {
        return String.format(
            Locale.ROOT,
            "the gradient of output %d for input %d is not deterministic: two backwards of the same"
                + " differ by up to %.3g, allowed are %.3g",
            o,
            places.get(i),
            difference,
            options.nondetTol());
      }
    }
    return null;
  }

  /** A vector of length 1 with positive elements, none near 0. */
  private static Tensor direction(Shape shape, int seed) {
    Tensor u = new Generator(seed + 17).uniform(shape, DType.FLOAT64, Device.CPU).add(0.1);
    return shape.elements() == 0 ? u : u.div(u.norm());
  }

  private String compare(int o) {
    return options.mode() == GradCheck.Mode.FAST ? projected(o) : elements(o);
  }

  private String projected(int o) {
    Tensor v = direction(outputs[o].shape(), o).to(outputs[o].device());
    Tensor[] grads = gradients(o, v);
    for (int i = 0; i < grads.length; i++) {
      Tensor u = direction(wanted.get(i).shape(), i + 1);
      double analytic = dot(grads[i].to(Device.CPU), u);
      double numeric = difference(places.get(i), u, o, v);
      // Errors of the elements add up, each with its weights.
      double scale = u.abs().sum().item() * v.abs().sum().item();
      if (!(Math.abs(numeric - analytic)
          <= options.atol() * scale + options.rtol() * Math.abs(numeric))) {
        return String.format(
            Locale.ROOT,
            "the gradient of output %d for input %d (shape %s), projected: the rule gives %.9g,"
                + " differences give %.9g; without fast() the element is named",
            o,
            places.get(i),
            wanted.get(i).shape(),
            analytic,
            numeric);
      }
    }
    return null;
  }

  private static double dot(Tensor a, Tensor b) {
    return a.mul(b).sum().item();
  }

  /** How output {@code o} along {@code v} changes when input {@code i} moves along {@code u}. */
  private double difference(int i, Tensor u, int o, Tensor v) {
    double[] sides = new double[2];
    for (int side = 0; side < 2; side++) {
      Tensor step = u.mul(side == 0 ? options.eps() : -options.eps()).to(inputs[i].device());
      sides[side] = Scope.run(() -> new double[] {dot(at(i, inputs[i].add(step))[o], v)})[0];
    }
    return (sides[0] - sides[1]) / (2 * options.eps());
  }

  private String elements(int o) {
    int n = Math.toIntExact(outputs[o].elements());
    double[][][] analytic = new double[n][][];
    for (int row = 0; row < n; row++) {
      double[] one = new double[n];
      one[row] = 1;
      Tensor grad = Tensor.of(one, outputs[o].shape()).to(outputs[o].device());
      Tensor[] grads = gradients(o, grad);
      analytic[row] = new double[grads.length][];
      for (int i = 0; i < grads.length; i++) {
        analytic[row][i] = grads[i].toDoubles();
      }
    }
    for (int i = 0; i < wanted.size(); i++) {
      String problem = differences(o, i, analytic);
      if (problem != null) {
        return problem;
      }
    }
    return null;
  }

  private String differences(int o, int i, double[][][] analytic) {
    double[] values = wanted.get(i).toDoubles();
    for (int e = 0; e < values.length; e++) {
      double[] above = moved(places.get(i), values, e, options.eps(), o);
      double[] below = moved(places.get(i), values, e, -options.eps(), o);
      for (int row = 0; row < above.length; row++) {
        double numeric = (above[row] - below[row]) / (2 * options.eps());
        double rule = analytic[row][i][e];
        if (!(Math.abs(numeric - rule) <= options.atol() + options.rtol() * Math.abs(numeric))) {
          return String.format(
              Locale.ROOT,
              "gradient of %selement %d for element %d of input %d (shape %s):"
                  + " the rule gives %.9g, differences give %.9g",
              outputs.length == 1 ? "output " : "output " + o + " ",
              row,
              e,
              places.get(i),
              wanted.get(i).shape(),
              rule,
              numeric);
        }
      }
    }
    return null;
  }

  private double[] moved(int i, double[] values, int element, double shift, int o) {
    return Scope.run(
        () -> {
          double[] next = values.clone();
          next[element] += shift;
          Tensor x = Tensor.of(next, inputs[i].shape()).to(inputs[i].device());
          return at(i, x)[o].toDoubles();
        });
  }

  private Tensor[] at(int i, Tensor value) {
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor[] next = inputs.clone();
      next[i] = value.detach().requiresGrad(inputs[i].requiresGrad());
      return function.applyAll(next);
    }
  }

  /** Two gradients at once inside vmap against one after the other. */
  private String batching(int o) {
    Tensor a = direction(outputs[o].shape(), o).to(outputs[o].device());
    Tensor[] single = gradients(o, a);
    try (VmapLevel level = VmapLevel.open(2)) {
      Tensor[] both = gradients(o, level.slice(Tensor.stack(0, a, a.mul(2))));
      for (int i = 0; i < both.length; i++) {
        Tensor second = level.all(both[i]).select(0, 1);
        Tensor expected = single[i].mul(2);
        Tensor bound = expected.abs().mul(1e-9).add(1e-12);
        if (second.elements() > 0 && second.sub(expected).abs().gt(bound).any().item() != 0) {
          return "the gradient of output "
              + o
              + " for input "
              + places.get(i)
              + " is another one inside vmap: the batching rule of an operation in the function's"
              + " backward is wrong";
        }
      }
    }
    return null;
  }
}
