package io.arclight.nn;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

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
 *
 * <p>A module that is not a {@link Layer} declares a typed {@code forward}, and a {@code call} that
 * runs it {@link #within}.
 */
public abstract class Module {
  /** What a module computes from its inputs, which hooks may have replaced. */
  @FunctionalInterface
  public interface Forward<T> {
    T of(Tensor[] inputs);
  }

  /** Whether a buffer is part of the state that is saved. */
  public enum Persistence {
    SAVED,
    TRANSIENT
  }

  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private final Set<String> unsaved = new TreeSet<>();
  private final Map<String, Module> children = new LinkedHashMap<>();
  private final Map<String, Derived> derived = new LinkedHashMap<>();
  private final ModuleHooks hooks = new ModuleHooks();
  private final StateHooks stateHooks = new StateHooks();
  private boolean training = true;
  private boolean checkpointed;
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
    requireNew(name, parameter);
    return put(name, parameter);
  }

  /** As {@link #register(String, Tensor)}, in the place of what has this name. */
  final Tensor put(String name, Tensor parameter) {
    if (!parameter.isLeaf()) {
      throw new IllegalArgumentException(
          "register(\""
              + name
              + "\"): a parameter must be a leaf, not the result of recorded"
              + " operations; create it under noGrad() or detach() it");
    }
    if (!parameter.dtype().isDifferentiable()) {
      throw new IllegalArgumentException(
          "register(\""
              + name
              + "\"): a parameter must be floating-point or complex, not "
              + parameter.dtype()
              + ": register it as a buffer");
    }
    parameters.put(name, parameter.requiresGrad(true).keep());
    parameter.storage().module(getClass().getSimpleName() + "." + name);
    return parameter;
  }

  /** Adds a part from outside, as {@code register} does from within the class. */
  public final <M extends Module> M addModule(String name, M child) {
    return register(name, child);
  }

  /** Adds a parameter from outside, as {@code register} does from within the class. */
  public final Tensor registerParameter(String name, Tensor parameter) {
    return register(name, parameter);
  }

  /** Adds a tensor that belongs to the state but is not trained. */
  public final Tensor registerBuffer(String name, Tensor buffer) {
    return registerBuffer(name, buffer, Persistence.SAVED);
  }

  /** Adds a tensor that moves with the module but is not trained. */
  public final Tensor registerBuffer(String name, Tensor buffer, Persistence persistence) {
    buffers.put(requireNew(name, buffer), buffer.keep());
    if (persistence == Persistence.TRANSIENT) {
      unsaved.add(name);
    }
    buffer.storage().module(getClass().getSimpleName() + "." + name);
    return buffer;
  }

  /** Takes a parameter, buffer or part back, such as a bias that an option turns off. */
  protected final void unregister(String name) {
    parameters.remove(name);
    buffers.remove(name);
    unsaved.remove(name);
    children.remove(name);
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
    return ModuleTree.named(this, Module::ownParameters);
  }

  /** All buffers at any depth, saved or not; shared ones once. */
  public final List<Tensor> buffers() {
    return List.copyOf(namedBuffers().values());
  }

  /** As {@link #buffers()}, by dotted name. */
  public final Map<String, Tensor> namedBuffers() {
    return ModuleTree.named(this, Module::ownBuffers);
  }

  /** The direct parts, in order; shared ones once. */
  public final List<Module> children() {
    return List.copyOf(namedChildren().values());
  }

  /** As {@link #children()}, by name. */
  public final Map<String, Module> namedChildren() {
    return ModuleTree.distinct(children);
  }

  /** This module and all parts at any depth; shared ones once. */
  public final List<Module> modules() {
    return List.copyOf(namedModules().values());
  }

  /** As {@link #modules()}, by dotted name; this one's is empty. */
  public final Map<String, Module> namedModules() {
    return ModuleTree.modules(this);
  }

  /**
   * The part at {@code path}, such as {@code "layers.0.attention"}; this one for an empty path.
   *
   * @throws IllegalArgumentException naming what is there, if there is no such part
   */
  public final Module submodule(String path) {
    return ModuleTree.find(this, path);
  }

  /** The parameter at {@code path}, such as {@code "layers.0.weight"}. */
  public final Tensor parameter(String path) {
    return ModuleTree.find(this, path, "parameter", Module::ownParameters);
  }

  /** The buffer at {@code path}. */
  public final Tensor buffer(String path) {
    return ModuleTree.find(this, path, "buffer", Module::ownBuffers);
  }

  final Map<String, Tensor> ownParameters() {
    return parameters;
  }

  final Map<String, Tensor> ownBuffers() {
    return buffers;
  }

  final Set<String> unsavedBuffers() {
    return unsaved;
  }

  final Map<String, Module> ownChildren() {
    return children;
  }

  final Map<String, Derived> derived() {
    return derived;
  }

  final ModuleHooks hooks() {
    return hooks;
  }

  final StateHooks stateHooks() {
    return stateHooks;
  }

  /** Checks that tensors can be asked for: that all are registered, and there. */
  void requireReady() {
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
    ModuleTree.visit(this, "", (name, module) -> module.training = mode);
    return this;
  }

  /** Whether this is training mode, as it is at first. */
  public final boolean isTraining() {
    return training;
  }

  /** Applies {@code action} to all parts and then to this. */
  public final Module apply(Consumer<Module> action) {
    children.values().forEach(child -> child.apply(action));
    action.accept(this);
    return this;
  }

  /**
   * Lets the parts that {@code chosen} accepts keep only inputs of recorded calls in training and
   * compute the rest again in backward ({@link io.arclight.autograd.Checkpoint}), a part inside
   * another with it; others no longer do.
   *
   * <pre>{@code
   * model.activationCheckpointing(part -> part instanceof TransformerEncoderLayer);
   * }</pre>
   */
  public final Module activationCheckpointing(Predicate<Module> chosen) {
    ModuleTree.visit(this, "", (name, module) -> module.checkpointed = chosen.test(module));
    return this;
  }

  /** Whether gradients of the parameters are wanted; without, they stay as they are. */
  public final Module requiresGrad(boolean wanted) {
    parameters().forEach(parameter -> parameter.requiresGrad(wanted));
    return this;
  }

  /** Drops the gradients and gives their memory back. */
  public final void zeroGrad() {
    Parameters.zeroGrad(parameters());
  }

  // ---- conversion

  /**
   * Moves parameters, their gradients and buffers; what was shared stays shared. The tensors are
   * others then: create the optimizer afterwards.
   */
  public Module to(Device device) {
    return converted(t -> t.to(device));
  }

  /**
   * Converts floating-point and complex parameters, their gradients and buffers, as {@link
   * #to(Device)}; others stay as they are.
   *
   * @throws IllegalArgumentException unless {@code dtype} is floating-point or complex
   */
  public Module to(DType dtype) {
    if (!dtype.isDifferentiable()) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + ".to: parameters are floating-point or complex, so they cannot become "
              + dtype);
    }
    return converted(t -> Conversion.convertible(t, dtype) ? t.to(dtype) : t);
  }

  /**
   * Gives all parameters and buffers new memory on {@code device}, whose contents are undefined.
   */
  public Module toEmpty(Device device) {
    return converted(t -> Tensor.allocate("to_empty", t.shape(), t.dtype(), device));
  }

  private Module converted(UnaryOperator<Tensor> change) {
    ModuleTree.visit(this, "", (name, module) -> module.converting(change));
    Conversion.convert(this, change);
    return this;
  }

  /** Told of a conversion of all its tensors. */
  void converting(UnaryOperator<Tensor> change) {}

  // ---- state

  /** Parameters and saved buffers by dotted name, sharing memory with this module. */
  public final Map<String, Tensor> stateDict() {
    return stateDict("");
  }

  /** As {@link #stateDict()}, with {@code prefix} before every name. */
  public final Map<String, Tensor> stateDict(String prefix) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    StateDict.save(this, prefix, out);
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
    return loadStateDict(state, match, StateDict.Into.COPY);
  }

  /**
   * As {@link #loadStateDict(Map, StateDict.Match)}; with {@link StateDict.Into#ASSIGN} the state's
   * own tensors, as they are, become the parameters and buffers: create the optimizer afterwards.
   */
  public final StateDict.Mismatch loadStateDict(
      Map<String, Tensor> state, StateDict.Match match, StateDict.Into into) {
    return StateDict.load(this, state, match, into);
  }

  /** Runs {@code hook} before this module's entries are put into a state; returns its removal. */
  public final Runnable registerStateDictPreHook(StateDict.Hook hook) {
    return stateHooks.beforeSave(hook);
  }

  /** Lets {@code hook} change a state with this module's entries; returns its removal. */
  public final Runnable registerStateDictPostHook(StateDict.Hook hook) {
    return stateHooks.afterSave(hook);
  }

  /** Lets {@code hook} change a copy of the state to load, such as rename; returns its removal. */
  public final Runnable registerLoadStateDictPreHook(StateDict.Hook hook) {
    return stateHooks.beforeLoad(hook);
  }

  /** Runs {@code hook} once a state has been loaded; returns its removal. */
  public final Runnable registerLoadStateDictPostHook(StateDict.LoadedHook hook) {
    return stateHooks.afterLoad(hook);
  }

  // ---- calls

  /** As {@link #within(Forward, Tensor...)}, where hooks do not see the inputs. */
  public final <T> T within(Supplier<T> forward) {
    return within(inputs -> forward.get());
  }

  /**
   * Runs {@code forward} as a call of this module: between its hooks, and so that profiles and
   * reports of memory name it; {@link Layer#call} does.
   *
   * <pre>{@code
   * public Tensor call(Tensor query, Tensor key) {
   *   return within(in -> forward(in[0], in[1]), query, key);
   * }
   * }</pre>
   *
   * @param inputs null where one is left out
   */
  public final <T> T within(Forward<T> forward, Tensor... inputs) {
    String around = Memory.module(pathInside(Memory.module()));
    Context.Ranges ranges = Context.current().ranges();
    if (ranges != null) {
      ranges.begin("module", Memory.module());
    }
    try {
      if (!derived.isEmpty()) {
        derived.values().forEach(Derived::compute);
      }
      return hooks.run(
          this, checkpointed && training ? CheckpointedForward.of(forward) : forward, inputs);
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

  /** Adds a hook that runs before every call; returns its removal. */
  public final Runnable registerForwardPreHook(ModuleHooks.ForwardPre hook) {
    return hooks.beforeForward(hook);
  }

  /** Adds a hook that runs after every call; returns its removal. */
  public final Runnable registerForwardHook(ModuleHooks.Forward hook) {
    return hooks.afterForward(hook);
  }

  /** Adds a hook that runs in backward once the outputs' gradients are there. */
  public final Runnable registerFullBackwardPreHook(ModuleHooks.BackwardPre hook) {
    return hooks.beforeBackward(hook);
  }

  /** Adds a hook that runs in backward once the inputs' gradients are there. */
  public final Runnable registerFullBackwardHook(ModuleHooks.Backward hook) {
    return hooks.afterBackward(hook);
  }

  /** Whether anybody watches the calls of this module, which so must not be fused with others. */
  public final boolean hasHooks() {
    return hooks.any();
  }

  // ---- text

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
