package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.ArrayList;
import java.util.List;

/**
 * RMSprop (Tieleman and Hinton, 2012): gradients divided by the root of a running mean of their
 * squares; eps is added after the root, as in PyTorch.
 */
public final class RMSprop extends Optimizer {
  private static final double LR = 1e-2;

  /** One rule for each set of buffers. */
  private static final FusedUpdate[] RULES = {
    rule(false, false), rule(true, false), rule(false, true), rule(true, true)
  };

  /** A learning rate of 0.01. */
  public RMSprop(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public RMSprop(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "momentum",
            0.0,
            "alpha",
            0.99,
            "eps",
            1e-8,
            "centered",
            false,
            "weight_decay",
            0.0));
  }

  /** What of the mean of squares stays in a step; 0.99 unless set. */
  public RMSprop alpha(double value) {
    set("alpha", requireShare("alpha", value));
    return this;
  }

  /** Added to the denominator; 1e-8 unless set. */
  public RMSprop eps(double value) {
    set("eps", requireAtLeastZero("eps", value));
    return this;
  }

  /** The share of the running direction that a step keeps; 0 unless set. */
  public RMSprop momentum(double value) {
    set("momentum", requireAtLeastZero("momentum", value));
    return this;
  }

  /** Divides by the deviation from the mean gradient. */
  public RMSprop centered() {
    set("centered", true);
    return this;
  }

  /** The share of the weights that is added to their gradients; 0 unless set. */
  public RMSprop weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return this;
  }

  // Numbers: learning rate, weight decay, alpha, 1 - alpha, eps, momentum.
  private static FusedUpdate rule(boolean centered, boolean momentum) {
    List<String> names = new ArrayList<>(List.of("square_avg"));
    if (momentum) {
      names.add("momentum_buffer");
    }
    if (centered) {
      names.add("grad_avg");
    }
    return new FusedUpdate(
        "rmsprop",
        List.copyOf(names),
        6,
        (e, n) -> {
          List<Expr> out = new ArrayList<>();
          Expr grad = add(e.get(1), mul(n.get(1), e.get(0)));
          Expr squares = add(mul(n.get(2), e.get(2)), mul(n.get(3), mul(grad, grad)));
          Expr variance = squares;
          Expr mean = null;
          if (centered) {
            Expr before = e.get(e.size() - 1);
            mean = add(before, mul(n.get(3), sub(grad, before)));
            variance = sub(squares, mul(mean, mean));
          }
          Expr direction = div(grad, add(sqrt(variance), n.get(4)));
          if (momentum) {
            direction = add(mul(n.get(5), e.get(3)), direction);
          }
          out.add(sub(e.get(0), mul(n.get(0), direction)));
          out.add(squares);
          if (momentum) {
            out.add(direction);
          }
          if (centered) {
            out.add(mean);
          }
          return out;
        });
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    double alpha = group.number("alpha");
    double momentum = group.number("momentum");
    double[] numbers = {
      group.lr(), group.number("weight_decay"), alpha, 1 - alpha, group.number("eps"), momentum
    };
    FusedUpdate rule = RULES[(group.flag("centered") ? 1 : 0) + (momentum > 0 ? 2 : 0)];
    FusedUpdate.Batch batch = rule.batch(due);
    due.forEach(update -> batch.add(update, numbers));
    batch.run();
  }
}
