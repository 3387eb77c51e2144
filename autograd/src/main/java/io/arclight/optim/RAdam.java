package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;

/** Rectified Adam (Liu et al., 2020): plain momentum until the mean of squares can be trusted. */
public final class RAdam extends MomentOptimizer<RAdam> {
  private static final double LR = 1e-3;

  // Numbers: factor of the parameter, weight decay, beta1, 1 - beta1, beta2, 1 - beta2, the sizes
  // of
  // the adaptive and the plain step, eps.
  private static final FusedUpdate UPDATE =
      new FusedUpdate(
          "radam",
          List.of("exp_avg", "exp_avg_sq"),
          9,
          (e, n) -> {
            Expr grad = add(e.get(1), mul(n.get(1), e.get(0)));
            Expr first = add(mul(n.get(2), e.get(2)), mul(n.get(3), grad));
            Expr second = add(mul(n.get(4), e.get(3)), mul(n.get(5), mul(grad, grad)));
            Expr adaptive = div(n.get(6), add(sqrt(second), n.get(8)));
            Expr kept = mul(e.get(0), n.get(0));
            return List.of(sub(kept, mul(first, add(adaptive, n.get(7)))), first, second);
          });

  /** A learning rate of 1e-3. */
  public RAdam(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public RAdam(List<Tensor> parameters, double lr) {
    super(parameters, lr, 0, options("decoupled_weight_decay", false));
  }

  /** Weight decay shrinks the parameter itself, as in AdamW. */
  public RAdam decoupledWeightDecay() {
    set("decoupled_weight_decay", true);
    return this;
  }

  @Override
  RAdam self() {
    return this;
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    FusedUpdate.Batch batch = UPDATE.batch(due);
    due.forEach(update -> batch.add(update, numbers(group, update.state().step())));
    batch.run();
  }

  private static double[] numbers(ParamGroup group, long step) {
    double beta1 = group.number("betas", 0);
    double beta2 = group.number("betas", 1);
    double decay = group.number("weight_decay");
    boolean decoupled = group.flag("decoupled_weight_decay");
    double size = group.lr() / (1 - Math.pow(beta1, step));
    double correction2 = 1 - Math.pow(beta2, step);
    double longest = 2 / (1 - beta2) - 1;
    double length = longest - 2 * step * Math.pow(beta2, step) / correction2;
    boolean trusted = length > 5;
    double rectified =
        Math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
    return new double[] {
      decoupled ? 1 - group.lr() * decay : 1,
      decoupled ? 0 : decay,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      trusted ? size * rectified * Math.sqrt(correction2) : 0,
      trusted ? 0 : size,
      group.number("eps")
    };
  }
}
