package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;

/**
 * Adagrad (Duchi, Hazan and Singer, "Adaptive subgradient methods", JMLR 12, 2011): each element's
 * step shrinks with the root of the sum of its squared gradients.
 */
public final class Adagrad extends Optimizer {
  private static final double LR = 1e-2;
  private static final String SUM = "sum";

  // Numbers: learning rate, weight decay, eps.
  private static final FusedUpdate UPDATE =
      new FusedUpdate(
          "adagrad",
          List.of(SUM),
          3,
          (e, n) -> {
            Expr grad = add(e.get(1), mul(n.get(1), e.get(0)));
            Expr sum = add(e.get(2), mul(grad, grad));
            Expr step = div(mul(n.get(0), grad), add(sqrt(sum), n.get(2)));
            return List.of(sub(e.get(0), step), sum);
          });

  /** A learning rate of 0.01. */
  public Adagrad(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public Adagrad(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "lr_decay",
            0.0,
            "eps",
            1e-10,
            "weight_decay",
            0.0,
            "initial_accumulator_value",
            0.0));
  }

  /** The learning rate is divided by 1 + steps * this; 0 unless set. */
  public Adagrad lrDecay(double value) {
    set("lr_decay", requireAtLeastZero("lr_decay", value));
    return this;
  }

  /** Added to the denominator; 1e-10 unless set. */
  public Adagrad eps(double value) {
    set("eps", requireAtLeastZero("eps", value));
    return this;
  }

  /** Where the sum of squares starts; 0 unless set. */
  public Adagrad initialAccumulatorValue(double value) {
    set("initial_accumulator_value", requireAtLeastZero("initial_accumulator_value", value));
    return this;
  }

  /** The share of the weights that is added to their gradients; 0 unless set. */
  public Adagrad weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return this;
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    FusedUpdate.Batch batch = UPDATE.batch(due);
    double initial = group.number("initial_accumulator_value");
    for (Update update : due) {
      update.state().tensor(SUM, initial);
      double lr = group.lr() / (1 + (update.state().step() - 1) * group.number("lr_decay"));
      batch.add(update, new double[] {lr, group.number("weight_decay"), group.number("eps")});
    }
    batch.run();
  }
}
