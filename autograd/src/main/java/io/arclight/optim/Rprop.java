package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.max;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;

/**
 * Resilient propagation (Riedmiller and Braun, 1993): each element's step grows while the sign of
 * its gradient stays and shrinks when it turns; sizes of gradients do not matter.
 */
public final class Rprop extends Optimizer {
  private static final double LR = 1e-2;
  private static final String SIZE = "step_size";

  // Numbers: what steps shrink by, what they grow by, the smallest and the largest.
  private static final FusedUpdate UPDATE =
      new FusedUpdate(
          "rprop",
          List.of("prev", SIZE),
          4,
          (e, n) -> {
            Expr zero = constant(e.get(0).type(), 0);
            Expr agreement = mul(e.get(1), e.get(2));
            Expr turned = lt(agreement, zero);
            Expr grown = select(gt(agreement, zero), mul(e.get(3), n.get(1)), e.get(3));
            Expr scaled = select(turned, mul(e.get(3), n.get(0)), grown);
            Expr size = min(max(scaled, n.get(2)), n.get(3));
            Expr grad = select(turned, zero, e.get(1));
            Expr step = select(gt(grad, zero), size, select(lt(grad, zero), neg(size), grad));
            return List.of(sub(e.get(0), step), grad, size);
          });

  /** First steps of 0.01. */
  public Rprop(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /**
   * @param lr the size of first steps
   */
  public Rprop(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "etas",
            List.of(0.5, 1.2),
            "step_sizes",
            List.of(1e-6, 50.0)));
  }

  /** Factors at a turn and else; 0.5 and 1.2 unless set. */
  public Rprop etas(double turn, double stay) {
    if (!(turn > 0 && turn < 1 && stay > 1)) {
      throw new IllegalArgumentException(
          "etas must be in (0, 1) and above 1, got " + turn + " and " + stay);
    }
    set("etas", List.of(turn, stay));
    return this;
  }

  /** The smallest and largest steps; 1e-6 and 50 unless set. */
  public Rprop stepSizes(double smallest, double largest) {
    set("step_sizes", List.of(smallest, largest));
    return this;
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    double[] numbers = {
      group.number("etas", 0),
      group.number("etas", 1),
      group.number("step_sizes", 0),
      group.number("step_sizes", 1)
    };
    FusedUpdate.Batch batch = UPDATE.batch(due);
    for (Update update : due) {
      update.state().tensor(SIZE, group.lr());
      batch.add(update, numbers);
    }
    batch.run();
  }
}
