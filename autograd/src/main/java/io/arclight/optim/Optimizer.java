package io.arclight.optim;

import io.arclight.autograd.Autograd;
import io.arclight.nn.Parameters;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Changes parameters by their gradients. A parameter whose gradient is null is left alone. */
public abstract class Optimizer {
  private static final String MAXIMIZE = "maximize";

  private final Map<String, Object> defaults;
  private final List<ParamGroup> groups = new ArrayList<>();

  private final IdentityHashMap<Tensor, State> states = new IdentityHashMap<>();
  private final List<Runnable> before = new CopyOnWriteArrayList<>();
  private final List<Runnable> after = new CopyOnWriteArrayList<>();

  /** A parameter, and what is remembered of it from step to step. */
  protected static final class State {
    private final Tensor parameter;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Double> numbers = new LinkedHashMap<>();
    private long step;

    /** What {@link #buffers} gives for these names, less the gradient. */
    private Tensor[] buffers;

    private List<String> names;

    private State(Tensor parameter) {
      this.parameter = parameter;
    }

    /** The parameter, contiguous. */
    public Tensor parameter() {
      return parameter;
    }

    /** The number of this update, from 1. */
    public long step() {
      return step;
    }

    /** Whether there is a tensor of this name. */
    public boolean has(String name) {
      return tensors.containsKey(name);
    }

    /** A tensor of the parameter's shape and dtype that outlives scopes; zero at first. */
    public Tensor tensor(String name) {
      return tensors.computeIfAbsent(name, k -> allocate(k).zeroInPlace().keep());
    }

    /** As {@link #tensor(String)}, filled with {@code initial} at first. */
    public Tensor tensor(String name, double initial) {
      return tensors.computeIfAbsent(name, k -> allocate(k).fillInPlace(initial).keep());
    }

    /** A tensor of another shape that outlives scopes; zero at first. */
    public Tensor tensor(String name, Shape shape) {
      return tensors.computeIfAbsent(
          name,
          k ->
              Tensor.allocate(k, shape, parameter.dtype(), parameter.device())
                  .zeroInPlace()
                  .keep());
    }

    /** A number that is remembered. */
    public double number(String name, double initial) {
      return numbers.getOrDefault(name, initial);
    }

    /** Remembers a number. */
    public void set(String name, double value) {
      numbers.put(name, value);
    }

    /** Remembers a tensor of the caller's. */
    void put(String name, Tensor value) {
      tensors.put(name, value);
    }

    /** Parameter, gradient, and the tensors of these names. */
    Tensor[] buffers(Tensor grad, List<String> wanted) {
      if (names != wanted) {
        names = wanted;
        buffers = new Tensor[wanted.size() + 2];
        buffers[0] = parameter;
        for (int i = 0; i < wanted.size(); i++) {
          buffers[i + 2] = tensor(wanted.get(i));
        }
      }
      // A copy: a gradient stored in an old object would stay reachable and cost a write barrier.
      Tensor[] all = buffers.clone();
      all[1] = grad;
      return all;
    }

    private Tensor allocate(String name) {
      return Tensor.allocate(name, parameter.shape(), parameter.dtype(), parameter.device());
    }

    private void restore(Map<String, Tensor> saved, Set<String> scalars) {
      tensors.values().forEach(Tensor::close);
      tensors.clear();
      numbers.clear();
      names = null;
      step = 0;
      saved.forEach(
          (name, tensor) -> {
            if (name.equals("step")) {
              step = Math.round(tensor.item());
            } else if (scalars.contains(name)) {
              numbers.put(name, tensor.item());
            } else {
              Tensor local =
                  Tensor.allocate(name, tensor.shape(), parameter.dtype(), parameter.device());
              tensors.put(name, local.copyInPlace(tensor.to(parameter.device())).keep());
            }
          });
    }
  }

  /** A parameter to change, and its gradient, contiguous. */
  protected record Update(State state, Tensor grad) {}

  /** One group of all {@code parameters} with these defaults. */
  protected Optimizer(List<Tensor> parameters, Map<String, Object> defaults) {
    this.defaults = new LinkedHashMap<>(defaults);
    this.defaults.put(MAXIMIZE, false);
    addParamGroup(parameters);
  }

  /** Adds parameters with options of their own, to be set on the group that is returned. */
  public final ParamGroup addParamGroup(List<Tensor> parameters) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + ": no parameters to optimise; pass model.parameters()");
    }
    for (Tensor parameter : parameters) {
      if (!parameter.isLeaf()) {
        throw new IllegalArgumentException(
            getClass().getSimpleName()
                + ": a tensor of shape "
                + parameter.shape()
                + " is the result of recorded operations, not a leaf, so it cannot be optimised");
      }
      if (!parameter.isContiguous()) {
        throw new IllegalArgumentException(
            getClass().getSimpleName()
                + ": a parameter of shape "
                + parameter.shape()
                + " is not contiguous: create it by contiguous()");
      }
      if (states.putIfAbsent(parameter, new State(parameter)) != null) {
        throw new IllegalArgumentException(
            getClass().getSimpleName()
                + ": a parameter of shape "
                + parameter.shape()
                + " was given twice");
      }
    }
    ParamGroup group =
        new ParamGroup(parameters, parameters.stream().map(states::get).toList(), defaults);
    groups.add(group);
    return group;
  }

  /** As {@link #addParamGroup(List)}, with names, which are saved with the state. */
  public final ParamGroup addParamGroup(Map<String, Tensor> parameters) {
    return addParamGroup(List.copyOf(parameters.values())).names(parameters.keySet());
  }

  /** The groups, in the order in which they were added. */
  public final List<ParamGroup> paramGroups() {
    return Collections.unmodifiableList(groups);
  }

  /** The learning rate of the first group. */
  public final double lr() {
    return groups.get(0).lr();
  }

  /** Sets the learning rate of all groups. */
  public final void lr(double value) {
    set("lr", value);
  }

  /** Sets an option of all groups, and of groups added later. */
  protected final void set(String name, Object value) {
    defaults.put(name, value);
    groups.forEach(group -> group.set(name, value));
  }

  /** All parameters, group by group. */
  public final List<Tensor> parameters() {
    List<Tensor> out = new ArrayList<>();
    groups.forEach(group -> out.addAll(group.parameters()));
    return out;
  }

  /** Drops the gradients and gives their memory back. */
  public final void zeroGrad() {
    Parameters.zeroGrad(parameters());
  }

  /** Goes up the gradient instead of down. */
  public final Optimizer maximize() {
    set(MAXIMIZE, true);
    return this;
  }

  /** Runs {@code hook} before every step; returns its removal. */
  public final Runnable registerStepPreHook(Runnable hook) {
    return register(before, hook);
  }

  /** Runs {@code hook} after every step; returns its removal. */
  public final Runnable registerStepPostHook(Runnable hook) {
    return register(after, hook);
  }

  private static Runnable register(List<Runnable> hooks, Runnable hook) {
    // Wrapped, so that one registered twice can be removed once.
    Runnable own = () -> hook.run();
    hooks.add(own);
    return () -> hooks.remove(own);
  }

  /** Updates every parameter that has a gradient. */
  public final void step() {
    before.forEach(Runnable::run);
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      for (ParamGroup group : groups) {
        List<Update> due = new ArrayList<>(group.states().size());
        boolean upwards = group.flag(MAXIMIZE);
        for (State state : group.states()) {
          Tensor grad = state.parameter.grad();
          if (grad != null) {
            state.step++;
            due.add(new Update(state, upwards ? grad.neg() : grad.contiguous()));
          }
        }
        if (!due.isEmpty()) {
          update(group, due);
        }
      }
    }
    after.forEach(Runnable::run);
  }

  /**
   * A step whose algorithm may evaluate the loss several times.
   *
   * @param closure clears the gradients, computes the loss, runs backward, gives the loss
   * @return the first evaluation's loss
   */
  public Tensor step(Supplier<Tensor> closure) {
    Tensor loss;
    try (Context.Restore mode = Autograd.enableGrad()) {
      loss = closure.get();
    }
    step();
    return loss;
  }

  /** Changes the parameters and tensors of {@code due}, which is not empty. */
  protected abstract void update(ParamGroup group, List<Update> due);

  /** The state, sharing memory with this optimizer. */
  public final OptimizerState stateDict() {
    Map<Integer, Map<String, Tensor>> tensors = new LinkedHashMap<>();
    List<Map<String, Object>> options = new ArrayList<>();
    int index = 0;
    for (ParamGroup group : groups) {
      List<Integer> indices = new ArrayList<>();
      for (State state : group.states()) {
        store(state);
        if (state.step > 0 || !state.tensors.isEmpty()) {
          Map<String, Tensor> named = new LinkedHashMap<>();
          named.put("step", Tensor.scalar((float) state.step));
          named.putAll(state.tensors);
          state.numbers.forEach((name, value) -> named.put(name, Tensor.scalar(value)));
          tensors.put(index, named);
        }
        indices.add(index++);
      }
      Map<String, Object> entry = group.options();
      entry.put("params", indices);
      options.add(entry);
    }
    return new OptimizerState(tensors, options);
  }

  /**
   * Copies {@code saved} in.
   *
   * @throws IllegalArgumentException if groups, their sizes or shapes differ
   */
  public final void loadStateDict(OptimizerState saved) {
    requireFits(saved);
    for (int g = 0; g < groups.size(); g++) {
      ParamGroup group = groups.get(g);
      Map<String, Object> options = new LinkedHashMap<>(saved.paramGroups().get(g));
      List<?> indices = (List<?>) options.remove("params");
      options.forEach(group::restore);
      for (int i = 0; i < indices.size(); i++) {
        State state = group.states().get(i);
        state.restore(saved(saved, indices.get(i)), numbers());
        restored(state);
      }
    }
  }

  private static Map<String, Tensor> saved(OptimizerState saved, Object index) {
    return saved.state().getOrDefault(((Number) index).intValue(), Map.of());
  }

  private void requireFits(OptimizerState saved) {
    if (saved.paramGroups().size() != groups.size()) {
      throw new IllegalArgumentException(
          "the saved optimizer has "
              + saved.paramGroups().size()
              + " parameter groups, this one "
              + groups.size());
    }
    for (int g = 0; g < groups.size(); g++) {
      List<Tensor> parameters = groups.get(g).parameters();
      Object indices = saved.paramGroups().get(g).get("params");
      int count = indices instanceof List<?> list ? list.size() : -1;
      if (count != parameters.size()) {
        throw new IllegalArgumentException(
            "group "
                + g
                + " of the saved optimizer has "
                + count
                + " parameters, this one "
                + parameters.size());
      }
      for (int i = 0; i < count; i++) {
        Tensor parameter = parameters.get(i);
        Object index = ((List<?>) indices).get(i);
        Map<String, Tensor> named = saved(saved, index);
        for (Map.Entry<String, Tensor> entry : named.entrySet()) {
          String name = entry.getKey();
          boolean scalar = name.equals("step") || numbers().contains(name);
          Shape shape = scalar ? Shape.SCALAR : shape(name, parameter.shape());
          if (shape != null && !entry.getValue().shape().equals(shape)) {
            throw new IllegalArgumentException(
                "the saved "
                    + name
                    + " of parameter "
                    + index
                    + " has shape "
                    + entry.getValue().shape()
                    + ", this one needs "
                    + shape);
          }
        }
      }
    }
  }

  /** Names of what is remembered as a number. */
  protected Set<String> numbers() {
    return Set.of();
  }

  /** Before the state is saved: puts in what is kept elsewhere. */
  protected void store(State state) {}

  /** After the state has been loaded. */
  protected void restored(State state) {}

  /** The shape of the tensor {@code name} of a parameter; null for any. */
  protected Shape shape(String name, Shape parameter) {
    return parameter;
  }

  /** Options in order, from names and values in turn. */
  protected static Map<String, Object> options(Object... namesAndValues) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      out.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return out;
  }

  static double requireAtLeastZero(String name, double value) {
    if (!(value >= 0)) {
      throw new IllegalArgumentException(name + " must not be negative, got " + value);
    }
    return value;
  }

  static double requirePositive(String name, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(name + " must be positive, got " + value);
    }
    return value;
  }

  /** {@code value} if it lies in [0, 1]. */
  static double requireShare(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1], got " + value);
    }
    return value;
  }

  static List<Double> requireBetas(double first, double second) {
    for (double beta : new double[] {first, second}) {
      if (!(beta >= 0 && beta < 1)) {
        throw new IllegalArgumentException("a beta must be in [0, 1), got " + beta);
      }
    }
    return Arrays.asList(first, second);
  }
}
