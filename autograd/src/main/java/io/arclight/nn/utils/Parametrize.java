package io.arclight.nn.utils;

import io.arclight.autograd.Autograd;
import io.arclight.nn.Derived;
import io.arclight.nn.Module;
import io.arclight.nn.ModuleDict;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Puts functions of other parameters in the place of a module's parameter. What is trained and
 * saved is {@code parametrizations.weight.original}, or {@code original0}, {@code original1} and so
 * on; the parameter is computed from it before every call of the module.
 *
 * <pre>{@code
 * Parametrize.registerParametrization(linear, "weight", new Symmetric());
 * linear.call(x);
 * Parametrize.removeParametrizations(linear, "weight", Parametrize.Leave.PARAMETRIZED);
 * }</pre>
 */
public final class Parametrize {
  private static final String PART = "parametrizations";
  private static final ThreadLocal<Map<ParametrizationList, Tensor>> CACHE = new ThreadLocal<>();

  private Parametrize() {}

  /** What becomes of a parameter whose parametrizations are removed. */
  public enum Leave {
    /** It has the value that they gave. */
    PARAMETRIZED,
    /** It has the original, of which there must be one. */
    ORIGINAL
  }

  /**
   * Adds a parametrization; one on top of another is given that one's value.
   *
   * @throws IllegalArgumentException if there is no such parameter, or if the parametrization gives
   *     another shape or dtype
   */
  public static <M extends Module> M registerParametrization(
      M module, String name, Parametrization parametrization) {
    ParametrizationList list = list(module, name);
    Tensor before = list == null ? module.parameter(name) : value(module, name);
    Tensor[] originals = {before};
    try (Context.Restore mode = Autograd.noGrad()) {
      originals = list == null ? parametrization.initial(before) : originals;
      Tensor value = parametrization.forward(originals);
      if (!value.shape().equals(before.shape()) || value.dtype() != before.dtype()) {
        throw new IllegalArgumentException(
            "a "
                + parametrization.getClass().getSimpleName()
                + " makes "
                + value.dtype()
                + " "
                + value.shape()
                + " of the parameter \""
                + name
                + "\", which is "
                + before.dtype()
                + " "
                + before.shape()
                + ": it must keep dtype and shape");
      }
    }
    if (list == null) {
      begin(module, name, new ParametrizationList(parametrization, before, originals));
    } else {
      list.add(parametrization);
      Derived.in(module, name).compute();
    }
    return module;
  }

  @SuppressWarnings("unchecked")
  private static void begin(Module module, String name, ParametrizationList list) {
    Map<String, Module> parts = module.namedChildren();
    ModuleDict<ParametrizationList> all =
        parts.containsKey(PART)
            ? (ModuleDict<ParametrizationList>) parts.get(PART)
            : module.addModule(PART, new ModuleDict<>());
    all.set(name, list);
    Derived.of(module, name, () -> value(list)).compute();
  }

  /** Whether {@code module} has parametrizations. */
  public static boolean isParametrized(Module module) {
    return module.namedChildren().get(PART) instanceof ModuleDict<?> all && all.size() > 0;
  }

  /** Whether the parameter {@code name} of {@code module} has parametrizations. */
  public static boolean isParametrized(Module module, String name) {
    return list(module, name) != null;
  }

  private static ParametrizationList list(Module module, String name) {
    return module.namedChildren().get(PART) instanceof ModuleDict<?> all && all.contains(name)
        ? (ParametrizationList) all.get(name)
        : null;
  }

  private static ParametrizationList require(Module module, String name) {
    ParametrizationList list = list(module, name);
    if (list == null) {
      throw new IllegalArgumentException(
          module.getClass().getSimpleName() + " has no parametrization of \"" + name + "\"");
    }
    return list;
  }

  /** The parameter's value now, in the graph; between calls the module itself has the last one. */
  public static Tensor value(Module module, String name) {
    return value(require(module, name));
  }

  private static Tensor value(ParametrizationList list) {
    Map<ParametrizationList, Tensor> cache = CACHE.get();
    if (cache == null) {
      return list.value();
    }
    Tensor known = cache.get(list);
    if (known == null) {
      known = list.value();
      cache.put(list, known);
    }
    return known;
  }

  /** Sets the originals so that the parameter becomes {@code value}, as far as it can. */
  public static void assign(Module module, String name, Tensor value) {
    require(module, name).assign(value);
    Derived.in(module, name).compute();
  }

  /**
   * Makes the parameter one of the module's own again.
   *
   * @throws IllegalArgumentException if there are several originals, and one is to be left
   */
  public static <M extends Module> M removeParametrizations(M module, String name, Leave leave) {
    ParametrizationList list = require(module, name);
    Tensor[] originals = list.originals();
    if (leave == Leave.ORIGINAL && originals.length > 1) {
      throw new IllegalArgumentException(
          "the parameter \""
              + name
              + "\" is made of "
              + originals.length
              + " originals, so none can be left in its place: leave it PARAMETRIZED");
    }
    Tensor left = originals[0];
    if (leave == Leave.PARAMETRIZED) {
      try (Context.Restore mode = Autograd.noGrad()) {
        Tensor value = list.value();
        left = originals.length == 1 ? left.copyInPlace(value) : value.copy();
      }
    }
    ModuleDict<?> all = (ModuleDict<?>) module.submodule(PART);
    all.pop(name);
    if (all.size() == 0) {
      Derived.discard(module, PART);
    }
    Derived.in(module, name).end(left);
    left.requiresGrad(list.wanted());
    return module;
  }

  /**
   * Until closed, each parametrization is computed once on this thread: for models that use a
   * parameter many times in a step, such as a recurrent cell. Change no originals meanwhile.
   */
  public static Context.Restore cached() {
    Map<ParametrizationList, Tensor> before = CACHE.get();
    if (before == null) {
      CACHE.set(new IdentityHashMap<>());
    }
    return () -> {
      if (before == null) {
        CACHE.remove();
      }
    };
  }
}
