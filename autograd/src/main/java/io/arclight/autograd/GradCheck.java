package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Compares gradients with central differences, in float64, element by element: PyTorch's {@code
 * gradcheck} with its tolerances. Of complex numbers each part is an element: a gradient is that by
 * the real part plus i times that by the imaginary one.
 */
public final class GradCheck {
  private static final double EPS = 1e-6;
  private static final double ABSOLUTE = 1e-5;
  private static final double RELATIVE = 1e-3;

  private GradCheck() {}

  /**
   * Checks the gradients of {@code function} for those of {@code inputs} that require one.
   *
   * @param inputs float64 or complex128 where they require a gradient, contiguous
   * @throws AssertionError naming the first element that disagrees
   */
  public static void check(Function<Tensor[], Tensor> function, Tensor... inputs) {
    Scope.run(
        () -> {
          requireDoubles(inputs);
          Tensor output = function.apply(inputs);
          double[][][] analytic = jacobian(output, inputs);
          try (Context.Restore mode = Autograd.noGrad()) {
            for (int i = 0; i < inputs.length; i++) {
              if (inputs[i].requiresGrad()) {
                compare(function, inputs, i, analytic[i]);
              }
            }
          }
          return null;
        });
  }

  /** Checks the gradients of the gradients of {@code function}. */
  public static void checkSecond(Function<Tensor[], Tensor> function, Tensor... inputs) {
    Scope.run(
        () -> {
          Tensor probe = function.apply(inputs);
          double[] weights = new double[numbers(probe)];
          Arrays.setAll(weights, i -> Math.cos(1 + i));
          Tensor weight = of(weights, probe).requiresGrad(true);
          Tensor[] all = Arrays.copyOf(inputs, inputs.length + 1);
          all[inputs.length] = weight;
          check(GradCheck.gradientOf(function), all);
          return null;
        });
  }

  /** The gradients of all inputs, flat, one after the other; the last input is the gradOutput. */
  private static Function<Tensor[], Tensor> gradientOf(Function<Tensor[], Tensor> function) {
    return all -> {
      try (Context.Restore mode = Autograd.enableGrad()) {
        Tensor[] inputs = Arrays.copyOf(all, all.length - 1);
        List<Tensor> wanted = new ArrayList<>();
        for (Tensor input : inputs) {
          if (input.requiresGrad()) {
            wanted.add(input);
          }
        }
        Tensor output = function.apply(inputs);
        GradOptions options =
            GradOptions.standard().graph(GraphUse.CREATE).gradOutputs(all[all.length - 1]);
        Tensor[] grads = Autograd.grad(List.of(output), wanted, options);
        Tensor[] flat = new Tensor[grads.length];
        for (int i = 0; i < flat.length; i++) {
          flat[i] = grads[i].reshape(grads[i].elements());
        }
        return Tensor.cat(0, flat);
      }
    };
  }

  /** Real numbers in {@code t}: two an element where it is complex. */
  private static int numbers(Tensor t) {
    return Math.toIntExact(t.isComplex() ? 2 * t.elements() : t.elements());
  }

  /** A tensor like {@code like} of these real numbers. */
  private static Tensor of(double[] values, Tensor like) {
    if (!like.isComplex()) {
      return Tensor.of(values, like.shape());
    }
    long[] pairs = Arrays.copyOf(like.shape().toArray(), like.rank() + 1);
    pairs[like.rank()] = 2;
    try (Context.Restore mode = Autograd.noGrad()) {
      return Tensor.of(values, Shape.of(pairs)).viewAsComplex();
    }
  }

  private static void requireDoubles(Tensor[] inputs) {
    boolean any = false;
    for (Tensor input : inputs) {
      any |= input.requiresGrad();
      boolean wide = input.dtype() == DType.FLOAT64 || input.dtype() == DType.COMPLEX128;
      if (input.requiresGrad() && (!wide || !input.isContiguous())) {
        throw new IllegalArgumentException(
            "GradCheck: an input of "
                + input.dtype()
                + " "
                + input.shape()
                + " requires a gradient: it must be contiguous and float64 or complex128 for differences"
                + " to mean anything");
      }
    }
    if (!any) {
      throw new IllegalArgumentException("GradCheck: no input requires a gradient");
    }
  }

  /** Rows by input and output element; null where an input takes no gradient. */
  private static double[][][] jacobian(Tensor output, Tensor[] inputs) {
    int n = numbers(output);
    double[][][] out = new double[inputs.length][][];
    List<Tensor> wanted = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].requiresGrad()) {
        out[i] = new double[n][numbers(inputs[i])];
        wanted.add(inputs[i]);
      }
    }
    for (int o = 0; o < n && output.requiresGrad(); o++) {
      double[] one = new double[n];
      one[o] = 1;
      GradOptions options =
          GradOptions.standard()
              .graph(GraphUse.RETAIN)
              .allowUnused()
              .gradOutputs(of(one, output));
      Tensor[] grads = Autograd.grad(List.of(output), wanted, options);
      for (int i = 0, w = 0; i < inputs.length; i++) {
        if (out[i] != null && grads[w++] != null) {
          out[i][o] = grads[w - 1].toDoubles();
        }
      }
    }
    return out;
  }

  private static void compare(
      Function<Tensor[], Tensor> function, Tensor[] inputs, int i, double[][] analytic) {
    double[] values = inputs[i].toDoubles();
    for (int e = 0; e < values.length; e++) {
      double[] above = at(function, inputs, i, values, e, EPS);
      double[] below = at(function, inputs, i, values, e, -EPS);
      for (int o = 0; o < above.length; o++) {
        double numeric = (above[o] - below[o]) / (2 * EPS);
        double difference = Math.abs(numeric - analytic[o][e]);
        if (!(difference <= ABSOLUTE + RELATIVE * Math.abs(numeric))) {
          throw new AssertionError(
              String.format(
                  Locale.ROOT,
                  "gradient of output element %d for element %d of input %d (shape %s):"
                      + " the rule gives %.9g, differences give %.9g",
                  o,
                  e,
                  i,
                  inputs[i].shape(),
                  analytic[o][e],
                  numeric));
        }
      }
    }
  }

  private static double[] at(
      Function<Tensor[], Tensor> function,
      Tensor[] inputs,
      int i,
      double[] values,
      int element,
      double shift) {
    return Scope.run(
        () -> {
          double[] moved = values.clone();
          moved[element] += shift;
          Tensor[] next = inputs.clone();
          next[i] =
              of(moved, inputs[i])
                  .to(inputs[i].device())
                  .requiresGrad(inputs[i].requiresGrad());
          return function.apply(next).toDoubles();
        });
  }
}
