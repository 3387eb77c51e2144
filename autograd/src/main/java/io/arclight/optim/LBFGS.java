package io.arclight.optim;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Limited-memory BFGS (Nocedal and Wright, "Numerical optimization", 2nd ed., algorithm 7.4): for
 * smooth losses over the whole data. Only {@link #step(Supplier)} can be used, as a step evaluates
 * the loss several times; all parameters are one group.
 *
 * <pre>{@code
 * optimizer.step(() -> {
 *   optimizer.zeroGrad();
 *   Tensor loss = lossOf(model.forward(x), y);
 *   loss.backward();
 *   return loss;
 * });
 * }</pre>
 */
public final class LBFGS extends Optimizer {
  /** How the length of a step is found. */
  public enum LineSearch {
    /** The learning rate; at the first step at most 1 / the sum of the gradient's magnitudes. */
    NONE,
    /** By Wolfe's strong conditions. */
    STRONG_WOLFE
  }

  /** Directions whose curvature is not above this are not remembered. */
  private static final double LEAST_CURVATURE = 1e-10;

  private static final double LR = 1;
  private LineSearch search = LineSearch.NONE;
  private final Deque<Pair> history = new ArrayDeque<>();
  private Tensor direction;
  private Tensor previousGradient;
  private double length;
  private double curvature = 1;
  private long iterations;

  /** A step taken, how the gradient changed with it, and 1 over their product. */
  private record Pair(Tensor step, Tensor change, double rho) {
    void close() {
      step.close();
      change.close();
    }
  }

  /** A learning rate of 1. */
  public LBFGS(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public LBFGS(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options(
            "lr",
            requirePositive("lr", lr),
            "max_iter",
            20.0,
            "max_eval",
            25.0,
            "tolerance_grad",
            1e-7,
            "tolerance_change",
            1e-9,
            "history_size",
            100.0));
  }

  /** Iterations of a step, and evaluations of the loss as 1.25 times as many; 20 unless set. */
  public LBFGS maxIterations(int value) {
    set("max_iter", requirePositive("max_iter", value));
    set("max_eval", Math.floor(value * 1.25));
    return this;
  }

  /** Evaluations of the loss in a step. */
  public LBFGS maxEvaluations(int value) {
    set("max_eval", requirePositive("max_eval", value));
    return this;
  }

  /** Ends where the largest gradient is at most this; 1e-7 unless set. */
  public LBFGS toleranceGrad(double value) {
    set("tolerance_grad", requireAtLeastZero("tolerance_grad", value));
    return this;
  }

  /** Ends where neither loss nor parameters change by more than this; 1e-9 unless set. */
  public LBFGS toleranceChange(double value) {
    set("tolerance_change", requireAtLeastZero("tolerance_change", value));
    return this;
  }

  /** How many steps are remembered; 100 unless set. */
  public LBFGS historySize(int value) {
    set("history_size", requirePositive("history_size", value));
    return this;
  }

  /** How far a step goes along its direction. */
  public LBFGS lineSearch(LineSearch value) {
    search = value;
    return this;
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    throw new IllegalStateException("LBFGS: use step(closure): it evaluates the loss repeatedly");
  }

  @Override
  public Tensor step(Supplier<Tensor> closure) {
    if (paramGroups().size() > 1) {
      throw new IllegalStateException("LBFGS: all parameters must be one group");
    }
    try (Context.Restore mode = Autograd.noGrad()) {
      return minimise(closure);
    }
  }

  private Tensor minimise(Supplier<Tensor> closure) {
    ParamGroup group = paramGroups().get(0);
    double stillness = group.number("tolerance_change");
    double flatness = group.number("tolerance_grad");
    int maxIterations = (int) group.number("max_iter");
    Evaluations evaluations = new Evaluations(closure);
    Tensor first = evaluations.run();
    WolfeSearch.Point here = evaluations.point(0, null);
    for (int i = 1; i <= maxIterations && largest(here.gradient()) > flatness; i++) {
      remember(here.gradient(), group);
      length = group.lr();
      if (++iterations == 1) {
        length *= Math.min(1, 1 / here.gradient().abs().sum().item());
      }
      double slope = dot(here.gradient(), direction);
      if (slope > -stillness) {
        break;
      }
      double before = here.loss();
      List<Tensor> origin = parameters().stream().map(Tensor::copy).toList();
      if (search == LineSearch.STRONG_WOLFE) {
        here = wolfe(evaluations, origin, here.start(slope), stillness);
        length = here.at();
        move(origin, length);
      } else {
        move(origin, length);
        if (i == maxIterations) {
          break;
        }
        evaluations.run();
        here = evaluations.point(length, direction);
      }
      if (evaluations.runs >= (int) group.number("max_eval")
          || largest(direction) * Math.abs(length) <= stillness
          || Math.abs(here.loss() - before) < stillness) {
        break;
      }
    }
    return first;
  }

  private WolfeSearch.Point wolfe(
      Evaluations evaluations, List<Tensor> origin, WolfeSearch.Point start, double stillness) {
    WolfeSearch wolfe =
        new WolfeSearch(
            t -> {
              move(origin, t);
              evaluations.run();
              return evaluations.point(t, direction);
            },
            stillness / Math.max(largest(direction), Double.MIN_NORMAL));
    return wolfe.run(start, length);
  }

  /** Takes in the last step, and computes the next direction by the two-loop recursion. */
  private void remember(Tensor gradient, ParamGroup group) {
    try (Scope scope = Scope.open()) {
      if (direction != null) {
        Tensor change = gradient.sub(previousGradient);
        Tensor step = direction.mul(length);
        double product = dot(change, step);
        if (product > LEAST_CURVATURE) {
          if (history.size() == (int) group.number("history_size")) {
            history.removeFirst().close();
          }
          history.addLast(new Pair(step.keep(), change.keep(), 1 / product));
          curvature = product / dot(change, change);
        }
        direction.close();
        previousGradient.close();
      }
      Tensor q = gradient.neg();
      double[] alphas = new double[history.size()];
      int at = alphas.length;
      for (Iterator<Pair> newest = history.descendingIterator(); newest.hasNext(); ) {
        Pair pair = newest.next();
        alphas[--at] = dot(pair.step, q) * pair.rho;
        q = q.sub(pair.change.mul(alphas[at]));
      }
      Tensor r = q.mul(curvature);
      for (Pair pair : history) {
        double beta = dot(pair.change, r) * pair.rho;
        r = r.add(pair.step.mul(alphas[at++] - beta));
      }
      direction = r.copy().keep();
      previousGradient = gradient.copy().keep();
    }
  }

  private static double dot(Tensor a, Tensor b) {
    try (Scope scope = Scope.open()) {
      return a.mul(b).sum().item();
    }
  }

  private static double largest(Tensor t) {
    try (Scope scope = Scope.open()) {
      return t.abs().max().item();
    }
  }

  /** Puts the parameters at {@code origin + t * direction}. */
  private void move(List<Tensor> origin, double t) {
    try (Scope scope = Scope.open()) {
      long at = 0;
      for (int i = 0; i < origin.size(); i++) {
        Tensor from = origin.get(i);
        Tensor along = direction.narrow(0, at, from.elements()).reshape(from.shape());
        parameters().get(i).copyInPlace(from.add(along.mul(t)));
        at += from.elements();
      }
    }
  }

  /** The loss and the flat gradient where the parameters are. */
  private final class Evaluations {
    private final Supplier<Tensor> closure;
    private final double sign = paramGroups().get(0).flag("maximize") ? -1 : 1;
    private double loss;
    private Tensor gradient;
    private int runs;

    Evaluations(Supplier<Tensor> closure) {
      this.closure = closure;
    }

    Tensor run() {
      runs++;
      Tensor value;
      try (Context.Restore mode = Autograd.enableGrad()) {
        value = closure.get();
      }
      loss = sign * value.item();
      Tensor[] flat = parameters().stream().map(LBFGS::flatGradient).toArray(Tensor[]::new);
      gradient = Tensor.cat(0, flat).mul(sign);
      return value;
    }

    WolfeSearch.Point point(double at, Tensor along) {
      return new WolfeSearch.Point(at, loss, along == null ? 0 : dot(gradient, along), gradient);
    }
  }

  private static Tensor flatGradient(Tensor parameter) {
    Tensor grad = parameter.grad();
    return (grad == null ? parameter.detach().zerosLike() : grad).reshape(parameter.elements());
  }

  @Override
  protected Set<String> numbers() {
    return Set.of("n_iter", "t", "H_diag");
  }

  /** Of any size: they depend on how much is remembered. */
  @Override
  protected Shape shape(String name, Shape parameter) {
    return null;
  }

  @Override
  protected void store(State state) {
    if (direction == null || state != paramGroups().get(0).states().get(0)) {
      return;
    }
    state.set("n_iter", iterations);
    state.set("t", length);
    state.set("H_diag", curvature);
    state.put("d", direction);
    state.put("prev_flat_grad", previousGradient);
    if (!history.isEmpty()) {
      state.put("old_stps", stacked(Pair::step));
      state.put("old_dirs", stacked(Pair::change));
    }
  }

  private Tensor stacked(Function<Pair, Tensor> part) {
    return Tensor.stack(0, history.stream().map(part).toArray(Tensor[]::new));
  }

  @Override
  protected void restored(State state) {
    if (state != paramGroups().get(0).states().get(0)) {
      return;
    }
    iterations = Math.round(state.number("n_iter", 0));
    length = state.number("t", 0);
    curvature = state.number("H_diag", 1);
    history.forEach(Pair::close);
    history.clear();
    direction = null;
    previousGradient = null;
    if (state.has("d")) {
      direction = state.tensor("d").copy().keep();
      previousGradient = state.tensor("prev_flat_grad").copy().keep();
    }
    if (state.has("old_dirs")) {
      Tensor changes = state.tensor("old_dirs");
      for (long i = 0; i < changes.dim(0); i++) {
        Tensor change = changes.select(0, i).copy().keep();
        Tensor step = state.tensor("old_stps").select(0, i).copy().keep();
        history.addLast(new Pair(step, change, 1 / dot(change, step)));
      }
    }
  }
}
