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
public final class Adamax extends MomentOptimizer<Adamax> {
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

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public Adamax(List<Tensor> parameters, double lr) {
    super(parameters, lr, 0, options());
  }

  @Override
  Adamax self() {
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
