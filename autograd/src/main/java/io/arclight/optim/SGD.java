package io.arclight.optim;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import java.util.List;

/** Stochastic gradient descent, with momentum as PyTorch defines it. */
public final class SGD extends Optimizer {
  private static final List<String> BUFFER = List.of("momentum_buffer");

  // Numbers: learning rate, weight decay.
  private static final FusedUpdate PLAIN =
      new FusedUpdate("sgd", List.of(), 2, (e, n) -> List.of(descend(e, n, decayed(e, n))));

  // Numbers: learning rate, weight decay, momentum, what of the gradient enters the buffer.
  private static final FusedUpdate MOMENTUM =
      new FusedUpdate(
          "sgd_momentum",
          BUFFER,
          4,
          (e, n) -> {
            Expr buffer = buffer(e, n);
            return List.of(descend(e, n, buffer), buffer);
          });

  private static final FusedUpdate NESTEROV =
      new FusedUpdate(
          "sgd_nesterov",
          BUFFER,
          4,
          (e, n) -> {
            Expr buffer = buffer(e, n);
            Expr ahead = add(decayed(e, n), mul(n.get(2), buffer));
            return List.of(descend(e, n, ahead), buffer);
          });

  /** One group of all {@code parameters}; {@code lr} must be at least 0. */
  public SGD(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "momentum",
            0.0,
            "dampening",
            0.0,
            "weight_decay",
            0.0,
            "nesterov",
            false));
  }

  /** The share of the running direction that a step keeps; 0 unless set. */
  public SGD momentum(double value) {
    set("momentum", requireAtLeastZero("momentum", value));
    return this;
  }

  /** What of each gradient but the first does not enter the momentum. */
  public SGD dampening(double value) {
    set("dampening", value);
    return this;
  }

  /** The share of the weights that is added to their gradients; 0 unless set. */
  public SGD weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return this;
  }

  /** Looks ahead by the momentum; needs momentum and no dampening. */
  public SGD nesterov() {
    set("nesterov", true);
    return this;
  }

  private static Expr decayed(List<Expr> elements, List<Expr> numbers) {
    return add(elements.get(1), mul(numbers.get(1), elements.get(0)));
  }

  private static Expr buffer(List<Expr> elements, List<Expr> numbers) {
    return add(
        mul(numbers.get(2), elements.get(2)), mul(numbers.get(3), decayed(elements, numbers)));
  }

  private static Expr descend(List<Expr> elements, List<Expr> numbers, Expr direction) {
    return sub(elements.get(0), mul(numbers.get(0), direction));
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    double lr = group.lr();
    double decay = group.number("weight_decay");
    double momentum = group.number("momentum");
    double dampening = group.number("dampening");
    boolean nesterov = group.flag("nesterov");
    if (nesterov && (momentum <= 0 || dampening != 0)) {
      throw new IllegalStateException(
          "SGD: nesterov needs momentum > 0 and dampening 0, got momentum "
              + momentum
              + " and dampening "
              + dampening);
    }
    FusedUpdate rule = momentum == 0 ? PLAIN : nesterov ? NESTEROV : MOMENTUM;
    double[] plain = {lr, decay};
    // The first gradient fills the buffer undamped.
    double[] first = {lr, decay, momentum, 1};
    double[] later = {lr, decay, momentum, 1 - dampening};
    FusedUpdate.Batch batch = rule.batch(due);
    for (Update update : due) {
      boolean begun = update.state().has(BUFFER.get(0));
      batch.add(update, momentum == 0 ? plain : begun ? later : first);
    }
    batch.run();
  }
}
