package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;

/** Adadelta (Zeiler, 2012): steps scaled by the ratio of running sizes of steps and gradients. */
public final class Adadelta extends Optimizer {

  // Numbers: learning rate, weight decay, rho, 1 - rho, eps.
  private static final FusedUpdate UPDATE =
      new FusedUpdate(
          "adadelta",
          List.of("square_avg", "acc_delta"),
          5,
          (e, n) -> {
            Expr grad = add(e.get(1), mul(n.get(1), e.get(0)));
            Expr squares = add(mul(n.get(2), e.get(2)), mul(n.get(3), mul(grad, grad)));
            Expr ratio = div(sqrt(add(e.get(3), n.get(4))), sqrt(add(squares, n.get(4))));
            Expr delta = mul(ratio, grad);
            Expr deltas = add(mul(n.get(2), e.get(3)), mul(n.get(3), mul(delta, delta)));
            return List.of(sub(e.get(0), mul(n.get(0), delta)), squares, deltas);
          });

  /** A learning rate of 1. */
  public Adadelta(List<Tensor> parameters) {
    this(parameters, 1);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public Adadelta(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options("lr", requireAtLeastZero("lr", lr), "rho", 0.9, "eps", 1e-6, "weight_decay", 0.0));
  }

  /** What of the running means stays in a step; 0.9 unless set. */
  public Adadelta rho(double value) {
    set("rho", requireShare("rho", value));
    return this;
  }

  /** Added to both means; 1e-6 unless set. */
  public Adadelta eps(double value) {
    set("eps", requireAtLeastZero("eps", value));
    return this;
  }

  /** The share of the weights that is added to their gradients; 0 unless set. */
  public Adadelta weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return this;
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    double rho = group.number("rho");
    double[] numbers = {
      group.lr(), group.number("weight_decay"), rho, 1 - rho, group.number("eps")
    };
    FusedUpdate.Batch batch = UPDATE.batch(due);
    due.forEach(update -> batch.add(update, numbers));
    batch.run();
  }
}
