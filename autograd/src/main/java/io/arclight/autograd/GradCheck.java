package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Compares gradients with central differences, in float64: PyTorch's {@code gradcheck} and {@code
 * gradgradcheck}, with their tolerances.
 *
 * <pre>{@code
 * GradCheck.standard().fast().gradcheck(in -> new Tensor[] {myOp(in[0])}, x);
 * }</pre>
 *
 * @param eps how far an input is moved
 * @param atol absolute tolerance
 * @param rtol relative tolerance
 * @param nondetTol how much two backwards of the same may differ
 * @param mode how much is compared
 * @param batched whether gradients inside vmap are compared too
 */
public record GradCheck(
    double eps, double atol, double rtol, double nondetTol, Mode mode, boolean batched) {

  /** How much of the Jacobian is compared. */
  public enum Mode {
    /** Every element, by one difference an input element. */
    FULL,
    /** A random projection, by one difference an input. */
    FAST
  }

  /** PyTorch's steps and tolerances. */
  public static GradCheck standard() {
    return new GradCheck(1e-6, 1e-5, 1e-3, 0, Mode.FULL, false);
  }

  /** Differences over this step. */
  public GradCheck eps(double step) {
    return new GradCheck(step, atol, rtol, nondetTol, mode, batched);
  }

  /** How far gradients may be from differences. */
  public GradCheck tolerance(double absolute, double relative) {
    return new GradCheck(eps, absolute, relative, nondetTol, mode, batched);
  }

  /** How far two backward passes may be apart. */
  public GradCheck nondetTol(double tolerance) {
    return new GradCheck(eps, atol, rtol, tolerance, mode, batched);
  }

  /** Along one random direction instead of every element. */
  public GradCheck fast() {
    return new GradCheck(eps, atol, rtol, nondetTol, Mode.FAST, batched);
  }

  /**
   * Also compares the gradients of many output gradients at once, inside vmap, with single ones.
   */
  public GradCheck checkBatchedGrad() {
    return new GradCheck(eps, atol, rtol, nondetTol, mode, true);
  }

  /** {@link #gradcheck} of a function of one output, with the standard options. */
  public static void check(Function<Tensor[], Tensor> function, Tensor... inputs) {
    standard().gradcheck(in -> new Tensor[] {function.apply(in)}, inputs);
  }

  /** {@link #gradgradcheck} of a function of one output, with the standard options. */
  public static void checkSecond(Function<Tensor[], Tensor> function, Tensor... inputs) {
    standard().gradgradcheck(in -> new Tensor[] {function.apply(in)}, inputs);
  }

  /**
   * Checks the gradients of all outputs of {@code function} for those of {@code inputs} that
   * require one.
   *
   * @param inputs float64 or complex128 where they require a gradient; the gradient of a complex
   *     number is that by its real part plus i times that by its imaginary part
   * @throws AssertionError naming the first element that disagrees
   */
  public void gradcheck(TensorsFunction function, Tensor... inputs) {
    gradcheckProblem(function, inputs)
        .ifPresent(
            problem -> {
              throw new AssertionError(problem);
            });
  }

  /** As {@link #gradcheck}: what is wrong, or nothing. */
  public Optional<String> gradcheckProblem(TensorsFunction function, Tensor... inputs) {
    requireDoubles(inputs);
    return Scope.run(
        () -> {
          try (Context.Restore mode = Autograd.enableGrad()) {
            return Optional.ofNullable(
                new GradComparison(this, onPairs(function, inputs), pairs(inputs)).problem());
          }
        });
  }

  private static boolean isPair(Tensor input) {
    return input.isComplex() && input.requiresGrad();
  }

  /** Complex inputs as pairs of real numbers, which are then moved one by one. */
  private static Tensor[] pairs(Tensor[] inputs) {
    return Arrays.stream(inputs)
        .map(t -> isPair(t) ? t.detach().viewAsReal().copy().requiresGrad(true) : t)
        .toArray(Tensor[]::new);
  }

  /** The function of {@link #pairs}, whose outputs are pairs as well where they are complex. */
  private static TensorsFunction onPairs(TensorsFunction function, Tensor[] inputs) {
    return all -> {
      Tensor[] joined = all.clone();
      for (int i = 0; i < joined.length; i++) {
        joined[i] = isPair(inputs[i]) ? all[i].viewAsComplex() : all[i];
      }
      return Arrays.stream(function.applyAll(joined))
          .map(t -> t.isComplex() ? t.viewAsReal() : t)
          .toArray(Tensor[]::new);
    };
  }

  /**
   * Checks the gradients of the gradients of {@code function}, for its inputs and for the gradients
   * of its outputs, which are random.
   *
   * @throws AssertionError naming the first element that disagrees
   */
  public void gradgradcheck(TensorsFunction function, Tensor... inputs) {
    requireDoubles(inputs);
    Scope.run(
        () -> {
          secondOfReal(onPairs(function, inputs), pairs(inputs));
          return null;
        });
  }

  private void secondOfReal(TensorsFunction function, Tensor... inputs) {
    Scope.run(
        () -> {
          List<Tensor> all = new ArrayList<>(List.of(inputs));
          Generator random = new Generator(5);
          for (Tensor output : probe(function, inputs)) {
            if (derivable(output)) {
              all.add(
                  random
                      .uniform(output.shape(), DType.FLOAT64, Device.CPU)
                      .add(0.5)
                      .to(output.device())
                      .requiresGrad(true));
            }
          }
          gradcheck(gradientsOf(function, inputs.length), all.toArray(new Tensor[0]));
          return null;
        });
  }

  private static Tensor[] probe(TensorsFunction function, Tensor[] inputs) {
    try (Context.Restore mode = Autograd.enableGrad()) {
      return function.applyAll(inputs);
    }
  }

  static boolean derivable(Tensor output) {
    return output.dtype().isFloatingPoint() && output.requiresGrad();
  }

  /** The gradients of the first {@code count} arguments; the rest are gradients of the outputs. */
  private static TensorsFunction gradientsOf(TensorsFunction function, int count) {
    return all -> {
      try (Context.Restore mode = Autograd.enableGrad()) {
        Tensor[] inputs = Arrays.copyOf(all, count);
        List<Tensor> wanted = Arrays.stream(inputs).filter(Tensor::requiresGrad).toList();
        List<Tensor> outputs =
            Arrays.stream(function.applyAll(inputs)).filter(GradCheck::derivable).toList();
        GradOptions options =
            GradOptions.standard()
                .graph(GraphUse.CREATE)
                .allowUnused()
                .gradOutputs(Arrays.copyOfRange(all, count, all.length));
        return Arrays.stream(Autograd.grad(outputs, wanted, options))
            .filter(g -> g != null)
            .toArray(Tensor[]::new);
      }
    };
  }

  private static void requireDoubles(Tensor[] inputs) {
    boolean any = false;
    for (Tensor input : inputs) {
      any |= input.requiresGrad();
      boolean wide = input.dtype() == DType.FLOAT64 || input.dtype() == DType.COMPLEX128;
      if (input.requiresGrad() && !wide) {
        throw new IllegalArgumentException(
            "GradCheck: an input of "
                + input.dtype()
                + " "
                + input.shape()
                + " requires a gradient: it must be float64 or complex128 for differences to mean"
                + " anything");
      }
    }
    if (!any) {
      throw new IllegalArgumentException("GradCheck: no input requires a gradient");
    }
  }
}
