package io.arclight.nn.utils;

import io.arclight.autograd.Autograd;
import io.arclight.nn.Derived;
import io.arclight.nn.Module;
import io.arclight.tensor.Context;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Sets elements of parameters to zero for good. The module trains {@code weight_orig} and has a
 * buffer {@code weight_mask}; its calls use their product. Pruning again takes from what is left.
 *
 * <pre>{@code
 * Prune.l1Unstructured(linear, "weight", Prune.Amount.share(0.3));
 * Prune.remove(linear, "weight");
 * }</pre>
 */
public final class Prune {
  private Prune() {}

  /** How much to prune: a share of what is left, or a number of elements or channels. */
  public record Amount(double share, long count) {
    /** From 0 to 1, rounded to whole elements or channels. */
    public static Amount share(double share) {
      if (!(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException("a share to prune must be from 0 to 1, not " + share);
      }
      return new Amount(share, -1);
    }

    /** So many of them. */
    public static Amount count(long count) {
      if (count < 0) {
        throw new IllegalArgumentException("a number to prune must not be negative, is " + count);
      }
      return new Amount(0, count);
    }

    long of(long size) {
      if (count > size) {
        throw new IllegalArgumentException(
            "cannot prune " + count + " of the " + size + " elements or channels that are left");
      }
      return count < 0 ? (long) Math.rint(share * size) : count;
    }
  }

  /** A parameter of a module. */
  public record Place(Module module, String name) {}

  /** Which elements {@link #globalUnstructured} takes. */
  public enum Choice {
    SMALLEST,
    RANDOM
  }

  /** Takes the elements nearest to zero. */
  public static <M extends Module> M l1Unstructured(M module, String name, Amount amount) {
    globalUnstructured(List.of(new Place(module, name)), Choice.SMALLEST, amount);
    return module;
  }

  /** Takes elements by chance. */
  public static <M extends Module> M randomUnstructured(M module, String name, Amount amount) {
    globalUnstructured(List.of(new Place(module, name)), Choice.RANDOM, amount);
    return module;
  }

  /** Takes elements of several parameters as if these were one vector. */
  public static void globalUnstructured(List<Place> places, Choice choice, Amount amount) {
    try (Context.Restore mode = Autograd.noGrad()) {
      List<Tensor> values = new ArrayList<>();
      List<Tensor> masks = new ArrayList<>();
      for (Place place : places) {
        values.add(original(place.module, place.name).detach().flatten());
        masks.add(mask(place.module, place.name).flatten());
      }
      Tensor mask = Tensor.cat(0, masks.toArray(Tensor[]::new));
      Tensor left = mask.nonzero().flatten();
      Tensor all = Tensor.cat(0, values.toArray(Tensor[]::new));
      Tensor scores = all.indexSelect(0, left);
      scores = choice == Choice.SMALLEST ? scores.abs() : scores.randLike();
      long count = amount.of(left.elements());
      Tensor taken = left.indexSelect(0, smallest(scores, count));
      Tensor next = mask.scatter(0, taken, 0);
      long at = 0;
      for (Place place : places) {
        Tensor like = mask(place.module, place.name);
        set(place.module, place.name, next.narrow(0, at, like.elements()).reshape(like.shape()));
        at += like.elements();
      }
    }
  }

  /**
   * Takes whole channels along {@code dim}: those of the least norm of order {@code n}.
   *
   * @param n such as 1, 2 or an infinity
   */
  public static <M extends Module> M lnStructured(
      M module, String name, Amount amount, double n, int dim) {
    return structured(module, name, amount, dim, rows -> norms(rows, n));
  }

  /** Takes whole channels along {@code dim} by chance. */
  public static <M extends Module> M randomStructured(
      M module, String name, Amount amount, int dim) {
    return structured(module, name, amount, dim, rows -> rows.select(1, 0).randLike());
  }

  private static Tensor norms(Tensor rows, double n) {
    return Linalg.vectorNorm(rows, n, Dim.of(1), Dim.Keep.DROP);
  }

  private static <M extends Module> M structured(
      M module, String name, Amount amount, int dim, UnaryOperator<Tensor> score) {
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor mask = mask(module, name);
      if (mask.rank() < 2) {
        throw new ShapeException(
            "channels of \"" + name + "\" cannot be pruned, as its shape is " + mask.shape());
      }
      Tensor rows = original(module, name).detach().mul(mask).moveaxis(dim, 0).flatten(1);
      Tensor left = mask.moveaxis(dim, 0).flatten(1).sum(1).nonzero().flatten();
      Tensor scores = score.apply(rows.indexSelect(0, left));
      Tensor taken = left.indexSelect(0, smallest(scores, amount.of(left.elements())));
      Tensor turned = mask.moveaxis(dim, 0);
      Tensor kept = Tensor.ones(Shape.of(turned.dim(0)), mask.dtype(), mask.device());
      long[] sizes = new long[mask.rank()];
      Arrays.fill(sizes, 1);
      sizes[0] = turned.dim(0);
      set(module, name, turned.mul(kept.scatter(0, taken, 0).reshape(sizes)).moveaxis(0, dim));
    }
    return module;
  }

  private static Tensor smallest(Tensor scores, long count) {
    return scores.topk(count, 0, Order.ASCENDING).indices();
  }

  /** Keeps the elements for which {@code mask}, of the parameter's shape, has ones. */
  public static <M extends Module> M customFromMask(M module, String name, Tensor mask) {
    Tensor before = mask(module, name);
    if (!mask.shape().equals(before.shape())) {
      throw new ShapeException(
          "a mask of shape "
              + mask.shape()
              + " for the parameter \""
              + name
              + "\" of shape "
              + before.shape());
    }
    try (Context.Restore mode = Autograd.noGrad()) {
      set(module, name, before.mul(mask.to(before.dtype()).to(before.device())));
    }
    return module;
  }

  /** Prunes nothing, but under the names of pruning. */
  public static <M extends Module> M identity(M module, String name) {
    return customFromMask(module, name, mask(module, name));
  }

  /** Whether a part of {@code module} is pruned. */
  public static boolean isPruned(Module module) {
    return module.modules().stream()
        .anyMatch(m -> m.namedBuffers().keySet().stream().anyMatch(n -> isPruned(m, n)));
  }

  private static boolean isPruned(Module module, String buffer) {
    return buffer.endsWith("_mask")
        && Derived.in(module, buffer.substring(0, buffer.length() - "_mask".length())) != null;
  }

  /** Makes the pruned parameter one of the module's own again; its zeros stay. */
  public static <M extends Module> M remove(M module, String name) {
    if (!isPruned(module, name + "_mask")) {
      throw new IllegalArgumentException(
          "\"" + name + "\" of " + module.getClass().getSimpleName() + " is not pruned");
    }
    Tensor original = original(module, name);
    try (Context.Restore mode = Autograd.noGrad()) {
      original.mulInPlace(mask(module, name));
    }
    Derived derived = Derived.in(module, name);
    Derived.discard(module, name + "_orig");
    Derived.discard(module, name + "_mask");
    boolean wanted = original.requiresGrad();
    derived.end(original);
    original.requiresGrad(wanted);
    return module;
  }

  private static Tensor original(Module module, String name) {
    return module.parameter(Derived.in(module, name) == null ? name : name + "_orig");
  }

  private static Tensor mask(Module module, String name) {
    return Derived.in(module, name) == null
        ? module.parameter(name).detach().onesLike()
        : module.buffer(name + "_mask");
  }

  private static void set(Module module, String name, Tensor mask) {
    if (Derived.in(module, name) != null) {
      module.buffer(name + "_mask").copyInPlace(mask);
      Derived.in(module, name).compute();
      return;
    }
    Tensor original = module.parameter(name);
    boolean wanted = original.requiresGrad();
    Derived derived =
        Derived.of(
            module,
            name,
            () -> module.parameter(name + "_orig").mul(module.buffer(name + "_mask")));
    module.registerParameter(name + "_orig", original).requiresGrad(wanted);
    module.registerBuffer(name + "_mask", mask.contiguous());
    derived.compute();
  }
}
