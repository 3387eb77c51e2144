package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;
import java.util.Set;

/**
 * Averaged stochastic gradient descent (Polyak and Juditsky, 1992): beside the parameter runs its
 * mean since step {@code t0}, kept as {@code ax} of the state.
 */
public final class ASGD extends Optimizer {
  private static final double LR = 1e-2;
  private static final String ETA = "eta";
  private static final String MU = "mu";

  // Numbers: weight decay, factor of the parameter, step size, share of the parameter in the mean.
  private static final FusedUpdate UPDATE =
      new FusedUpdate(
          "asgd",
          List.of("ax"),
          4,
          (e, n) -> {
            Expr grad = add(e.get(1), mul(n.get(0), e.get(0)));
            Expr next = sub(mul(e.get(0), n.get(1)), mul(n.get(2), grad));
            return List.of(next, add(e.get(2), mul(n.get(3), sub(next, e.get(2)))));
          });

  /** A learning rate of 0.01. */
  public ASGD(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public ASGD(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "lambd",
            1e-4,
            "alpha",
            0.75,
            "t0",
            1e6,
            "weight_decay",
            0.0));
  }

  /** What the parameter decays by; 1e-4 unless set. */
  public ASGD lambd(double value) {
    set("lambd", requireAtLeastZero("lambd", value));
    return this;
  }

  /** The power by which steps shrink; 0.75 unless set. */
  public ASGD alpha(double value) {
    set("alpha", value);
    return this;
  }

  /** The step from which the mean is taken; 1e6 unless set. */
  public ASGD t0(double value) {
    set("t0", value);
    return this;
  }

  /** The share of the weights that is added to their gradients; 0 unless set. */
  public ASGD weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return this;
  }

  @Override
  protected Set<String> numbers() {
    return Set.of(ETA, MU);
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    FusedUpdate.Batch batch = UPDATE.batch(due);
    double lambd = group.number("lambd");
    for (Update update : due) {
      State state = update.state();
      double eta = state.number(ETA, group.lr());
      double[] numbers = {group.number("weight_decay"), 1 - lambd * eta, eta, state.number(MU, 1)};
      batch.add(update, numbers);
      double shrunk = Math.pow(1 + lambd * group.lr() * state.step(), group.number("alpha"));
      state.set(ETA, group.lr() / shrunk);
      state.set(MU, 1 / Math.max(1, state.step() - group.number("t0")));
    }
    batch.run();
  }
}
