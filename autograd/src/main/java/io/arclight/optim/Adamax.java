package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.max;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;

/** Adamax (Kingma and Ba, 2015): Adam with the largest gradient in place of the mean square. */
public final class Adamax extends Optimizer {
  private static final double LR = 2e-3;

  // Numbers: step size, weight decay, beta1, 1 - beta1, beta2, eps.
  private static final FusedUpdate UPDATE =
      new FusedUpdate(
          "adamax",
          List.of("exp_avg", "exp_inf"),
          6,
          (e, n) -> {
            Expr grad = add(e.get(1), mul(n.get(1), e.get(0)));
            Expr first = add(mul(n.get(2), e.get(2)), mul(n.get(3), grad));
            Expr largest = max(mul(n.get(4), e.get(3)), add(abs(grad), n.get(5)));
            Expr next = sub(e.get(0), mul(n.get(0), div(first, largest)));
            return List.of(next, first, largest);
          });

  /** A learning rate of 2e-3. */
  public Adamax(List<Tensor> parameters) {
    this(parameters, LR);
  }

  public Adamax(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "betas",
            requireBetas(0.9, 0.999),
            "eps",
            1e-8,
            "weight_decay",
            0.0));
  }

  /** Decay rates of the mean and of the largest; 0.9 and 0.999 unless set. */
  public Adamax betas(double first, double second) {
    set("betas", requireBetas(first, second));
    return this;
  }

  /** Added to the gradient's magnitude; 1e-8 unless set. */
  public Adamax eps(double value) {
    set("eps", requireAtLeastZero("eps", value));
    return this;
  }

  public Adamax weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return this;
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    double beta = group.number("betas", 0);
    FusedUpdate.Batch batch = UPDATE.batch(due);
    for (Update update : due) {
      double[] numbers = {
        group.lr() / (1 - Math.pow(beta, update.state().step())),
        group.number("weight_decay"),
        beta,
        1 - beta,
        group.number("betas", 1),
        group.number("eps")
      };
      batch.add(update, numbers);
    }
    batch.run();
  }
}
