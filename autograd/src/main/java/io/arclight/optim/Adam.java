package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.max;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;

/** Adam (Kingma and Ba, 2015); weight decay is added to the gradient. */
public class Adam extends MomentOptimizer<Adam> {
  private static final double LR = 1e-3;

  /** Whether weight decay shrinks the parameter itself, as in AdamW. */
  private final boolean decoupled;

  // Numbers: decay of the gradient, factor of the parameter, beta1, 1 - beta1, beta2, 1 - beta2,
  // step size, square root of the second bias correction, eps.
  private static final FusedUpdate UPDATE =
      new FusedUpdate("adam", List.of("exp_avg", "exp_avg_sq"), 9, Adam::rule);

  private static final FusedUpdate AMSGRAD =
      new FusedUpdate(
          "adam_amsgrad", List.of("exp_avg", "exp_avg_sq", "max_exp_avg_sq"), 9, Adam::rule);

  /** A learning rate of 1e-3. */
  public Adam(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public Adam(List<Tensor> parameters, double lr) {
    this(parameters, lr, 0, false);
  }

  Adam(List<Tensor> parameters, double lr, double weightDecay, boolean decoupled) {
    super(parameters, lr, weightDecay, options("amsgrad", false));
    this.decoupled = decoupled;
  }

  /** Divides by the largest mean square so far (Reddi, Kale and Kumar, 2018). */
  public Adam amsgrad() {
    set("amsgrad", true);
    return this;
  }

  private static List<Expr> rule(List<Expr> elements, List<Expr> numbers) {
    Expr parameter = elements.get(0);
    Expr grad = add(elements.get(1), mul(numbers.get(0), parameter));
    Expr first = add(mul(numbers.get(2), elements.get(2)), mul(numbers.get(3), grad));
    Expr second = add(mul(numbers.get(4), elements.get(3)), mul(numbers.get(5), mul(grad, grad)));
    boolean amsgrad = elements.size() > 4;
    Expr largest = amsgrad ? max(elements.get(4), second) : second;
    Expr denominator = add(div(sqrt(largest), numbers.get(7)), numbers.get(8));
    Expr next = sub(mul(parameter, numbers.get(1)), mul(numbers.get(6), div(first, denominator)));
    return amsgrad ? List.of(next, first, second, largest) : List.of(next, first, second);
  }

  @Override
  Adam self() {
    return this;
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    FusedUpdate.Batch batch = (group.flag("amsgrad") ? AMSGRAD : UPDATE).batch(due);
    long step = 0;
    double[] numbers = null;
    for (Update update : due) {
      if (update.state().step() != step) {
        step = update.state().step();
        numbers = numbers(group, step);
      }
      batch.add(update, numbers);
    }
    batch.run();
  }

  private double[] numbers(ParamGroup group, long step) {
    double lr = group.lr();
    double beta1 = group.number("betas", 0);
    double beta2 = group.number("betas", 1);
    double decay = group.number("weight_decay");
    double correction1 = 1 - Math.pow(beta1, step);
    double correction2 = 1 - Math.pow(beta2, step);
    return new double[] {
      decoupled ? 0 : decay,
      decoupled ? 1 - lr * decay : 1,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      lr / correction1,
      Math.sqrt(correction2),
      group.number("eps")
    };
  }
}
