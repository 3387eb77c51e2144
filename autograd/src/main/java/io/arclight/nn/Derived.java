package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.function.Supplier;

/**
 * A tensor of a module that is computed anew before each of its calls, from parameters that stand
 * for it: what parametrizations and pruning are made of. The layer finds it where the parameter of
 * that name was.
 *
 * <pre>{@code
 * Tensor original = linear.parameter("weight");
 * Derived tied = Derived.of(linear, "weight", () -> linear.parameter("weight_raw").tanh());
 * linear.registerParameter("weight_raw", original);
 * }</pre>
 */
public final class Derived {
  private final Module module;
  private final String name;
  private final Supplier<Tensor> value;
  private Tensor current;

  private Derived(Module module, String name, Supplier<Tensor> value, Tensor current) {
    this.module = module;
    this.name = name;
    this.value = value;
    this.current = current;
  }

  /**
   * Takes the parameter {@code name} out of {@code module}, whose calls use {@code value} instead.
   *
   * @param value of the parameter's shape; its own parameters are registered by the caller
   * @throws IllegalArgumentException if the module has no parameter of this name
   */
  public static Derived of(Module module, String name, Supplier<Tensor> value) {
    Derived out = new Derived(module, name, value, module.parameter(name));
    module.ownParameters().remove(name);
    module.derived().put(name, out);
    return out;
  }

  /** What stands for {@code name} in {@code module}, or null. */
  public static Derived in(Module module, String name) {
    return module.derived().get(name);
  }

  /** Takes a parameter, buffer or part out of {@code module}. */
  public static void discard(Module module, String name) {
    module.unregister(name);
  }

  /** The parameter {@code name} of {@code module} itself, or what stands for it now, or null. */
  static Tensor parameter(Module module, String name) {
    Tensor own = module.ownParameters().get(name);
    Derived derived = own == null ? in(module, name) : null;
    return derived == null ? own : derived.current;
  }

  /** What calls of the module used last, or the parameter. */
  public Tensor current() {
    return current;
  }

  /** Computes the value for the module's forward. */
  public Tensor compute() {
    Tensor next = value.get();
    put(next);
    return next;
  }

  /** Makes {@code parameter} the module's parameter of that name again. */
  public void end(Tensor parameter) {
    module.derived().remove(name);
    module.registerParameter(name, parameter);
    put(parameter);
  }

  private void put(Tensor next) {
    if (next != current) {
      IdentityHashMap<Tensor, Tensor> places = new IdentityHashMap<>();
      places.put(current, next);
      Fields.replace(module, places);
      current = next;
    }
  }
}
