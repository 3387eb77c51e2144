package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;
import java.util.Set;

/** Adam with Nesterov's look ahead (Dozat, 2016). */
public final class NAdam extends MomentOptimizer<NAdam> {
  private static final double LR = 2e-3;
  private static final String PRODUCT = "mu_product";

  /** Dozat's schedule: momentum is beta1 * (1 - 0.5 * 0.96^(step * decay)). */
  private static final double SCHEDULE = 0.96;

  // Numbers: factor of the parameter, weight decay, beta1, 1 - beta1, beta2, 1 - beta2, root of the
  // second bias correction, eps, the sizes of the steps along gradient and momentum.
  private static final FusedUpdate UPDATE =
      new FusedUpdate(
          "nadam",
          List.of("exp_avg", "exp_avg_sq"),
          10,
          (e, n) -> {
            Expr grad = add(e.get(1), mul(n.get(1), e.get(0)));
            Expr first = add(mul(n.get(2), e.get(2)), mul(n.get(3), grad));
            Expr second = add(mul(n.get(4), e.get(3)), mul(n.get(5), mul(grad, grad)));
            Expr denominator = add(div(sqrt(second), n.get(6)), n.get(7));
            Expr step = div(add(mul(n.get(8), grad), mul(n.get(9), first)), denominator);
            return List.of(sub(mul(e.get(0), n.get(0)), step), first, second);
          });

  /** A learning rate of 2e-3. */
  public NAdam(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public NAdam(List<Tensor> parameters, double lr) {
    super(parameters, lr, 0, options("momentum_decay", 4e-3, "decoupled_weight_decay", false));
  }

  /** How fast the momentum nears beta1; 0.004 unless set. */
  public NAdam momentumDecay(double value) {
    set("momentum_decay", requireAtLeastZero("momentum_decay", value));
    return this;
  }

  /** Weight decay shrinks the parameter itself, as in AdamW. */
  public NAdam decoupledWeightDecay() {
    set("decoupled_weight_decay", true);
    return this;
  }

  @Override
  NAdam self() {
    return this;
  }

  @Override
  protected Set<String> numbers() {
    return Set.of(PRODUCT);
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    FusedUpdate.Batch batch = UPDATE.batch(due);
    due.forEach(update -> batch.add(update, numbers(group, update.state())));
    batch.run();
  }

  private static double[] numbers(ParamGroup group, State state) {
    double beta1 = group.number("betas", 0);
    double beta2 = group.number("betas", 1);
    double decay = group.number("weight_decay");
    boolean decoupled = group.flag("decoupled_weight_decay");
    double now = momentum(group, state.step());
    double next = momentum(group, state.step() + 1);
    double product = state.number(PRODUCT, 1) * now;
    state.set(PRODUCT, product);
    return new double[] {
      decoupled ? 1 - group.lr() * decay : 1,
      decoupled ? 0 : decay,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      Math.sqrt(1 - Math.pow(beta2, state.step())),
      group.number("eps"),
      group.lr() * (1 - now) / (1 - product),
      group.lr() * next / (1 - product * next)
    };
  }

  private static double momentum(ParamGroup group, long step) {
    double aged = Math.pow(SCHEDULE, step * group.number("momentum_decay"));
    return group.number("betas", 0) * (1 - 0.5 * aged);
  }
}
