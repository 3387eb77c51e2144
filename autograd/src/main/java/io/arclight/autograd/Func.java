package io.arclight.autograd;

import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.VmapLevel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Functions of functions: gradients, products with Jacobians, Jacobians, and {@link #vmap}. They
 * compose in any order and leave the {@code grad} of every leaf alone.
 *
 * <pre>{@code
 * // a gradient for each sample
 * Tensor each = Func.vmap(Func.grad(in -> loss(in[0], in[1]))).inDims(Vmap.NONE, 0).apply(w, x);
 * }</pre>
 */
public final class Func {
  private Func() {}

  // ---- gradients

  /** The gradient of a scalar function for its first argument. */
  public static TensorFunction grad(TensorFunction function) {
    return in -> gradAndValue(function, 0).apply(in).grads()[0];
  }

  /** The gradients of a scalar function for the arguments {@code argnums}. */
  public static TensorsFunction gradAll(TensorFunction function, int... argnums) {
    return in -> gradAndValue(function, argnums).apply(in).grads();
  }

  /** Gradients and the value that they are of. */
  public record GradAndValue(Tensor[] grads, Tensor value) {
    /** A function that gives both. */
    @FunctionalInterface
    public interface Of {
      GradAndValue apply(Tensor... inputs);
    }
  }

  /** As {@link #gradAll}, with the value. */
  public static GradAndValue.Of gradAndValue(TensorFunction function, int... argnums) {
    return in -> {
      Recorded run = Recorded.of(function.all(), in, argnums);
      Tensor value = run.outputs()[0];
      if (value.rank() != 0) {
        throw new ShapeException(
            "grad: the function must give a scalar (rank 0), not shape "
                + value.shape()
                + ": reduce it by sum() or mean(), or use vjp or jacrev");
      }
      Tensor one = Tensor.ones(value.shape(), value.dtype(), value.device());
      Tensor[] grads = Recorded.gradients(List.of(value), List.of(one), run.inputs(), run.once());
      return new GradAndValue(grads, run.values()[0]);
    };
  }

  // ---- products with the Jacobian

  /**
   * A function's outputs, and what takes gradients of them to gradients of the inputs.
   *
   * @param pullback may be called repeatedly
   */
  public record Vjp(Tensor[] outputs, TensorsFunction pullback) {}

  /** Runs {@code function} and prepares vector-Jacobian products. */
  public static Vjp vjp(TensorsFunction function, Tensor... primals) {
    Recorded run = Recorded.of(function, primals);
    List<Tensor> outputs = List.of(run.outputs());
    return new Vjp(
        run.values(),
        grads -> {
          requireLike("vjp: gradient", grads, run.outputs());
          return Recorded.gradients(outputs, List.of(grads), run.inputs(), run.again());
        });
  }

  /** A function's outputs and their tangents. */
  public record Jvp(Tensor[] outputs, Tensor[] tangents) {}

  /** The outputs of {@code function} and how they change along {@code tangents}. */
  public static Jvp jvp(TensorsFunction function, Tensor[] primals, Tensor[] tangents) {
    Linearized linear = linearize(function, primals);
    return new Jvp(linear.outputs, linear.pushforward.applyAll(tangents));
  }

  /**
   * A function's outputs, and what takes tangents of the inputs to tangents of the outputs.
   *
   * @param pushforward may be called repeatedly
   */
  public record Linearized(Tensor[] outputs, TensorsFunction pushforward) {}

  /**
   * Runs {@code function} and prepares Jacobian-vector products. They are taken as the derivative
   * of the vector-Jacobian product, which is linear in its vector, so that every operation with
   * gradients of gradients has them.
   */
  public static Linearized linearize(TensorsFunction function, Tensor... primals) {
    Recorded run = Recorded.of(function, primals);
    List<Tensor> outputs = List.of(run.outputs());
    List<Tensor> weights = new ArrayList<>();
    for (Tensor output : outputs) {
      weights.add(output.zerosLike().requiresGrad(output.dtype().isFloatingPoint()));
    }
    List<Tensor> inner =
        List.of(Recorded.gradients(outputs, weights, run.inputs(), GraphUse.CREATE));
    return new Linearized(
        run.values(),
        tangents -> {
          requireLike("jvp: tangent", tangents, primals);
          return Recorded.gradients(inner, List.of(tangents), weights, run.again());
        });
  }

  private static void requireLike(String what, Tensor[] given, Tensor[] like) {
    if (given.length != like.length) {
      throw new ShapeException(what + "s: " + given.length + " are given for " + like.length);
    }
    for (int i = 0; i < given.length; i++) {
      if (!given[i].shape().equals(like[i].shape())) {
        throw new ShapeException(
            what + " " + i + " has shape " + given[i].shape() + ", not " + like[i].shape());
      }
    }
  }

  // ---- Jacobians

  /**
   * The Jacobian for the first argument, [output..., input...], a row at a time but all at once.
   */
  public static TensorFunction jacrev(TensorFunction function) {
    return jacrev(function, 0);
  }

  /** As {@link #jacrev(TensorFunction)}, for argument {@code argnum}. */
  public static TensorFunction jacrev(TensorFunction function, int argnum) {
    return in -> {
      Recorded run = Recorded.of(function.all(), in, argnum);
      Tensor output = run.outputs()[0];
      Tensor rows =
          overBasis(
              output,
              one ->
                  Recorded.gradients(List.of(output), List.of(one), run.inputs(), run.again())[0]);
      return rows.reshape(joined(output.shape(), in[argnum].shape()));
    };
  }

  /** The Jacobian for the first argument, [output..., input...], by columns. */
  public static TensorFunction jacfwd(TensorFunction function) {
    return jacfwd(function, 0);
  }

  /** As {@link #jacfwd(TensorFunction)}, for argument {@code argnum}. */
  public static TensorFunction jacfwd(TensorFunction function, int argnum) {
    return in -> {
      TensorsFunction ofOne =
          own -> {
            Tensor[] all = in.clone();
            all[argnum] = own[0];
            return new Tensor[] {function.apply(all)};
          };
      Linearized linear = linearize(ofOne, in[argnum]);
      Tensor output = linear.outputs[0];
      Tensor columns = overBasis(in[argnum], one -> linear.pushforward.applyAll(one)[0]);
      return columns
          .reshape(in[argnum].elements(), output.elements())
          .t()
          .reshape(joined(output.shape(), in[argnum].shape()));
    };
  }

  /** The second derivatives of a scalar function for its first argument, [input..., input...]. */
  public static TensorFunction hessian(TensorFunction function) {
    return hessian(function, 0);
  }

  /** As {@link #hessian(TensorFunction)}, for argument {@code argnum}. */
  public static TensorFunction hessian(TensorFunction function, int argnum) {
    return jacfwd(jacrev(function, argnum), argnum);
  }

  /** {@code linear} of all unit vectors of the shape of {@code like}, stacked: [elements, ...]. */
  private static Tensor overBasis(Tensor like, java.util.function.UnaryOperator<Tensor> linear) {
    long n = like.elements();
    if (n == 0) {
      Tensor none = linear.apply(like.zerosLike());
      return Tensor.zeros(joined(Shape.of(0), none.shape()), none.dtype(), none.device());
    }
    Tensor basis = Tensor.eye(n).to(like.dtype()).to(like.device());
    try (VmapLevel level = VmapLevel.open(n)) {
      Tensor one = level.slice(basis.reshape(joined(Shape.of(n), like.shape())));
      return level.all(linear.apply(one));
    }
  }

  private static Shape joined(Shape a, Shape b) {
    long[] dims = Arrays.copyOf(a.toArray(), a.rank() + b.rank());
    System.arraycopy(b.toArray(), 0, dims, a.rank(), b.rank());
    return Shape.of(dims);
  }

  // ---- products with the Hessian

  /** A scalar function's value and a product of its Hessian. */
  public record HessianProduct(Tensor value, Tensor[] product) {}

  /** The Hessian of a scalar function times {@code vectors}, without the Hessian. */
  public static HessianProduct hvp(TensorFunction function, Tensor[] inputs, Tensor[] vectors) {
    requireLike("hvp: vector", vectors, inputs);
    Tensor[] value = new Tensor[1];
    int[] all = new int[inputs.length];
    Arrays.setAll(all, i -> i);
    TensorsFunction gradients =
        in -> {
          GradAndValue both = gradAndValue(function, all).apply(in);
          value[0] = both.value;
          return both.grads;
        };
    Recorded run = Recorded.of(gradients, inputs);
    Tensor[] product =
        Recorded.gradients(List.of(run.outputs()), List.of(vectors), run.inputs(), run.once());
    return new HessianProduct(
        run.once() == GraphUse.CREATE ? value[0] : value[0].detach(), product);
  }

  /**
   * {@code vectors} times the Hessian of a scalar function, which is symmetric: as {@link #hvp}.
   */
  public static HessianProduct vhp(TensorFunction function, Tensor[] inputs, Tensor[] vectors) {
    return hvp(function, inputs, vectors);
  }

  // ---- vmap

  /** {@code function} over the slices of its inputs along their first dimension. */
  public static Vmap vmap(TensorFunction function) {
    return vmapAll(function.all());
  }

  /** As {@link #vmap}, for a function of several outputs. */
  public static Vmap vmapAll(TensorsFunction function) {
    return Vmap.of(function);
  }
}
