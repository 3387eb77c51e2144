package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Something with parameters. Registration is explicit and ordered; what is registered appears in
 * {@link #parameters()} and, under its dotted name, in {@link #stateDict()}.
 *
 * <pre>{@code
 * class Mlp extends Layer {
 *   private final Linear fc1 = register("fc1", new Linear(784, 128));
 *   private final Linear fc2 = register("fc2", new Linear(128, 10));
 *
 *   public Tensor forward(Tensor x) {
 *     return fc2.call(fc1.call(x).relu());
 *   }
 * }
 * }</pre>
 */
public abstract class Module {
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();
  private final Hooks hooks = new Hooks();
  private boolean training = true;
  private boolean checked;

  /** The name it was registered under, null for a whole model. */
  private String label;

  /** Where it ran last. */
  private Place place;

  /** A module's path inside the one that calls it. */
  private record Place(String around, String path) {}

  // ---- registration

  /** Adds a part; its names are prefixed with {@code name} and a dot. */
  protected final <M extends Module> M register(String name, M child) {
    children.put(requireNew(name, child), child);
    Module part = child;
    part.label = part.label == null ? name : part.label;
    return child;
  }

  /** Makes {@code parameter} a leaf that wants a gradient and outlives the scopes around. */
  protected final Tensor register(String name, Tensor parameter) {
    if (!parameter.isLeaf()) {
      throw new IllegalArgumentException(
          "register(\""
              + name
              + "\"): a parameter must be a leaf, not the result of recorded"
              + " operations; create it under noGrad() or detach() it");
    }
    parameters.put(requireNew(name, parameter), parameter.requiresGrad(true).keep());
    parameter.storage().module(getClass().getSimpleName() + "." + name);
    return parameter;
  }

  /** Adds a tensor that belongs to the state but is not trained. */
  protected final Tensor registerBuffer(String name, Tensor buffer) {
    buffers.put(requireNew(name, buffer), buffer.keep());
    buffer.storage().module(getClass().getSimpleName() + "." + name);
    return buffer;
  }

  /** Takes a parameter or buffer back, such as a bias that an option turns off. */
  protected final void unregister(String name) {
    parameters.remove(name);
    buffers.remove(name);
  }

  private String requireNew(String name, Object value) {
    if (value == null) {
      throw new IllegalArgumentException("register(\"" + name + "\"): the value is null");
    }
    if (name.isEmpty() || name.indexOf('.') >= 0) {
      throw new IllegalArgumentException(
          "register(\"" + name + "\"): a name must not be empty nor contain a dot");
    }
    if (parameters.containsKey(name) || buffers.containsKey(name) || children.containsKey(name)) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " has \"" + name + "\" already: names must be unique");
    }
    return name;
  }

  // ---- what it holds

  /** All trained tensors, this module's first, then its parts' in order; shared ones once. */
  public final List<Tensor> parameters() {
    return List.copyOf(namedParameters().values());
  }

  /** As {@link #parameters()}, by dotted name. */
  public final Map<String, Tensor> namedParameters() {
    return named(m -> m.parameters);
  }

  public final List<Tensor> buffers() {
    return List.copyOf(namedBuffers().values());
  }

  public final Map<String, Tensor> namedBuffers() {
    return named(m -> m.buffers);
  }

  /** The direct parts, by name. */
  public final Map<String, Module> children() {
    return Collections.unmodifiableMap(children);
  }

  /** This module (under the empty name) and all parts at any depth, by dotted name. */
  public final Map<String, Module> namedModules() {
    Map<String, Module> out = new LinkedHashMap<>();
    visit("", out::putIfAbsent);
    return out;
  }

  private Map<String, Tensor> named(Function<Module, Map<String, Tensor>> part) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    Map<Tensor, Boolean> seen = new java.util.IdentityHashMap<>();
    visit(
        "",
        (prefix, module) -> {
          module.requireRegistered();
          part.apply(module)
              .forEach(
                  (name, tensor) -> {
                    if (seen.put(tensor, true) == null) {
                      out.put(join(prefix, name), tensor);
                    }
                  });
        });
    return out;
  }

  private void visit(String prefix, java.util.function.BiConsumer<String, Module> action) {
    action.accept(prefix, this);
    children.forEach((name, child) -> child.visit(join(prefix, name), action));
  }

  private static String join(String prefix, String name) {
    return prefix.isEmpty() ? name : prefix + "." + name;
  }

  private void requireRegistered() {
    if (!checked) {
      Fields.requireRegistered(this, parameters, buffers, children);
      checked = true;
    }
  }

  // ---- modes

  /** Sets training mode here and in all parts. */
  public final Module train() {
    return training(true);
  }

  /** Sets evaluation mode here and in all parts: dropout passes everything. */
  public final Module eval() {
    return training(false);
  }

  private Module training(boolean mode) {
    visit("", (name, module) -> module.training = mode);
    return this;
  }

  public final boolean isTraining() {
    return training;
  }

  /** Applies {@code action} to all parts and then to this. */
  public final Module apply(Consumer<Module> action) {
    children.values().forEach(child -> child.apply(action));
    action.accept(this);
    return this;
  }

  /** Drops the gradients and gives their memory back. */
  public final void zeroGrad() {
    Parameters.zeroGrad(parameters());
  }

  /** Moves parameters and buffers; create the optimizer afterwards. */
  public Module to(Device device) {
    try (Context.Restore mode = Autograd.noGrad()) {
      visit("", (name, module) -> module.move(device));
    }
    return this;
  }

  private void move(Device device) {
    requireRegistered();
    for (Map<String, Tensor> group : List.of(parameters, buffers)) {
      for (Map.Entry<String, Tensor> entry : group.entrySet()) {
        Tensor before = entry.getValue();
        Tensor after = before.to(device);
        if (after != before) {
          entry.setValue(after.requiresGrad(before.requiresGrad()).keep());
          Fields.replace(this, before, after);
        }
      }
    }
  }

  // ---- state

  /** Parameters and buffers by dotted name, sharing memory with this module. */
  public final Map<String, Tensor> stateDict() {
    Map<String, Tensor> out = new LinkedHashMap<>();
    visit(
        "",
        (prefix, module) -> {
          module.requireRegistered();
          module.parameters.forEach((name, t) -> out.put(join(prefix, name), t.detach()));
          module.buffers.forEach((name, t) -> out.put(join(prefix, name), t.detach()));
        });
    return out;
  }

  /** Copies {@code state} in; every name must match. */
  public final void loadStateDict(Map<String, Tensor> state) {
    loadStateDict(state, StateDict.Match.STRICT);
  }

  /**
   * Copies {@code state} into the parameters and buffers, all or nothing.
   *
   * @return the names that did not match
   * @throws IllegalArgumentException naming every missing, unexpected or misshapen entry
   */
  public final StateDict.Mismatch loadStateDict(Map<String, Tensor> state, StateDict.Match match) {
    return StateDict.load(getClass().getSimpleName(), stateDict(), state, match);
  }

  /**
   * Puts tensors in the place of parameters and buffers, wherever these are used.
   *
   * @return those that were there, by the same names
   */
  final Map<String, Tensor> swap(Map<String, Tensor> state) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    visit(
        "",
        (prefix, module) -> {
          module.requireRegistered();
          module.parameters.forEach((name, t) -> all.put(join(prefix, name), t));
          module.buffers.forEach((name, t) -> all.put(join(prefix, name), t));
        });
    Map<String, Tensor> before = new LinkedHashMap<>();
    Map<Tensor, Tensor> places = new java.util.IdentityHashMap<>();
    state.forEach(
        (name, next) -> {
          Tensor now = all.get(name);
          if (now == null || !now.shape().equals(next.shape())) {
            throw new IllegalArgumentException(
                getClass().getSimpleName()
                    + (now == null
                        ? " has no parameter or buffer \"" + name + "\"; it has " + all.keySet()
                        : ": \"" + name + "\" is " + now.shape() + ", not " + next.shape()));
          }
          before.put(name, now);
          places.put(now, next);
        });
    visit("", (prefix, module) -> places.forEach(module::replace));
    return before;
  }

  private void replace(Tensor before, Tensor after) {
    for (Map<String, Tensor> group : List.of(parameters, buffers)) {
      group.replaceAll((name, t) -> t == before ? after : t);
    }
    Fields.replace(this, before, after);
  }

  // ---- calls

  /**
   * Runs {@code forward} as a call of this module, so that profiles and reports of memory name it;
   * {@link Layer#call} does.
   */
  public final <T> T within(Supplier<T> forward) {
    String around = Memory.module(pathInside(Memory.module()));
    Context.Ranges ranges = Context.current().ranges();
    if (ranges != null) {
      ranges.begin("module", Memory.module());
    }
    try {
      return forward.get();
    } finally {
      Memory.module(around);
      if (ranges != null) {
        ranges.end();
      }
    }
  }

  private String pathInside(String around) {
    Place last = place;
    if (last == null || !last.around.equals(around)) {
      String name = label == null ? getClass().getSimpleName() : label;
      last = new Place(around, around.isEmpty() ? name : around + "." + name);
      place = last;
    }
    return last.path;
  }

  final Hooks hooks() {
    return hooks;
  }

  @Override
  public String toString() {
    return Describe.module(this);
  }

  /** The arguments shown in {@link #toString()}. */
  protected String extra() {
    return "";
  }

  /** Parameters of {@code modules} one after the other. */
  public static List<Tensor> parametersOf(Module... modules) {
    List<Tensor> out = new ArrayList<>();
    for (Module module : modules) {
      out.addAll(module.parameters());
    }
    return out;
  }
}
