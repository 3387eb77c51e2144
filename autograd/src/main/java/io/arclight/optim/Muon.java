package io.arclight.optim;

import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * Muon (Jordan et al., 2024): the momentum of a matrix, made near orthogonal by Newton and Schulz's
 * iteration, in the parameters' dtype where PyTorch iterates in bfloat16. For weights of hidden
 * layers; others belong to AdamW.
 */
public final class Muon extends Optimizer {
  private static final double LR = 1e-3;
  private static final String BUFFER = "momentum_buffer";

  /** A learning rate of 1e-3. */
  public Muon(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /**
   * @throws IllegalArgumentException for a parameter that is no matrix
   */
  public Muon(List<Tensor> parameters, double lr) {
    super(
        requireMatrices(parameters),
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "weight_decay",
            0.1,
            "momentum",
            0.95,
            "nesterov",
            true,
            "ns_coefficients",
            List.of(3.4445, -4.775, 2.0315),
            "eps",
            1e-7,
            "ns_steps",
            5.0,
            "adjust_lr_fn",
            "original"));
  }

  private static List<Tensor> requireMatrices(List<Tensor> parameters) {
    for (Tensor parameter : parameters) {
      if (parameter.rank() != 2) {
        throw new IllegalArgumentException(
            "Muon: a parameter of shape "
                + parameter.shape()
                + " is not a matrix: give it to another optimizer, such as AdamW");
      }
    }
    return parameters;
  }

  /** The share of lr by which weights shrink, decoupled from the gradient. */
  public Muon weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return this;
  }

  /** The share of the running direction that a step keeps. */
  public Muon momentum(double value) {
    set("momentum", requireShare("momentum", value));
    return this;
  }

  /** Without the look ahead along the momentum. */
  public Muon noNesterov() {
    set("nesterov", false);
    return this;
  }

  /** Number of iterations; 5 unless set. */
  public Muon iterations(int value) {
    if (value < 1 || value > 100) {
      throw new IllegalArgumentException("ns_steps must be in [1, 100], got " + value);
    }
    set("ns_steps", (double) value);
    return this;
  }

  /** Scales steps so that their root mean square is like AdamW's. */
  public Muon matchAdamW() {
    set("adjust_lr_fn", "match_rms_adamw");
    return this;
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    double momentum = group.number("momentum");
    for (Update update : due) {
      Tensor parameter = update.state().parameter();
      Tensor grad = update.grad();
      Tensor buffer = update.state().tensor(BUFFER);
      buffer.addInPlace(grad.sub(buffer).mul(1 - momentum));
      Tensor direction = group.flag("nesterov") ? grad.add(buffer.sub(grad).mul(momentum)) : buffer;
      Tensor step = orthogonal(direction, group);
      double lr = group.lr() * ratio(parameter, group);
      parameter.mulInPlace(1 - group.lr() * group.number("weight_decay"));
      parameter.addInPlace(step.mul(-lr));
    }
  }

  private static double ratio(Tensor parameter, ParamGroup group) {
    double rows = parameter.dim(0);
    double columns = parameter.dim(1);
    // PyTorch's states have nothing there for "original".
    return "match_rms_adamw".equals(group.options().get("adjust_lr_fn"))
        ? 0.2 * Math.sqrt(Math.max(rows, columns))
        : Math.sqrt(Math.max(1, rows / columns));
  }

  /** PyTorch iterates in bfloat16; here it is the parameter's dtype. */
  private static Tensor orthogonal(Tensor direction, ParamGroup group) {
    double a = group.number("ns_coefficients", 0);
    double b = group.number("ns_coefficients", 1);
    double c = group.number("ns_coefficients", 2);
    boolean tall = direction.dim(0) > direction.dim(1);
    Tensor x = tall ? direction.t() : direction;
    x = x.div(x.norm().clamp(group.number("eps"), null));
    for (int i = 0; i < (int) group.number("ns_steps"); i++) {
      Tensor gram = x.mm(x.t());
      Tensor polynomial = gram.mul(b).add(gram.mm(gram).mul(c));
      x = x.mul(a).add(polynomial.mm(x));
    }
    return tall ? x.t() : x;
  }
}
