package io.arclight.optim;

import static io.arclight.tensor.Dim.Keep.KEEP;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Adafactor (Shazeer and Stern, 2018): the mean squares of a matrix's gradients are held as one
 * number for each row and column.
 */
public final class Adafactor extends Optimizer {
  private static final double LR = 1e-2;
  private static final String ROWS = "row_var";
  private static final String COLUMNS = "col_var";

  /** A learning rate of 0.01. */
  public Adafactor(List<Tensor> parameters) {
    this(parameters, LR);
  }

  /**
   * @param lr the most a step's size, relative to the parameter's, may be
   */
  public Adafactor(List<Tensor> parameters, double lr) {
    super(
        parameters,
        options(
            "lr",
            requireAtLeastZero("lr", lr),
            "beta2_decay",
            -0.8,
            "eps",
            Arrays.asList(null, 1e-3),
            "d",
            1.0,
            "weight_decay",
            0.0));
  }

  /** The mean of squares takes in {@code step ^ this}; -0.8 unless set, not positive. */
  public Adafactor beta2Decay(double value) {
    if (!(value <= 0)) {
      throw new IllegalArgumentException("beta2_decay must not be positive, got " + value);
    }
    set("beta2_decay", value);
    return this;
  }

  /** The least mean square and the least size of a parameter. */
  public Adafactor eps(double square, double size) {
    set("eps", List.of(requireAtLeastZero("eps", square), requireAtLeastZero("eps", size)));
    return this;
  }

  /** Updates whose root mean square is above this are scaled down; 1 unless set. */
  public Adafactor clippingThreshold(double value) {
    if (!(value >= 1)) {
      throw new IllegalArgumentException("d must be at least 1, got " + value);
    }
    set("d", value);
    return this;
  }

  /** The share of lr by which weights shrink, decoupled from the gradient. */
  public Adafactor weightDecay(double value) {
    set("weight_decay", requireAtLeastZero("weight_decay", value));
    return this;
  }

  @Override
  protected Shape shape(String name, Shape parameter) {
    return switch (name) {
      case ROWS -> reduced(parameter, -1);
      case COLUMNS -> reduced(parameter, -2);
      default -> parameter;
    };
  }

  private static Shape reduced(Shape shape, int dim) {
    long[] sizes = shape.toArray();
    sizes[shape.wrap(dim)] = 1;
    return Shape.of(sizes);
  }

  @Override
  protected void update(ParamGroup group, List<Update> due) {
    for (Update update : due) {
      update(group, update.state(), update.grad());
    }
  }

  private void update(ParamGroup group, State state, Tensor grad) {
    Tensor parameter = state.parameter();
    if (parameter.elements() == 0) {
      return;
    }
    double share = Math.pow(state.step(), group.number("beta2_decay"));
    double relative = Math.min(group.lr(), 1 / Math.sqrt(state.step()));
    double root = Math.sqrt(parameter.elements());
    double leastSquare =
        group.isSet("eps", 0) ? group.number("eps", 0) : parameter.dtype().finfo().eps();
    // All stays on the device: nothing here is read by the host.
    Tensor size = parameter.norm().mul(1 / root).clamp(group.number("eps", 1), null).mul(relative);
    if (group.number("weight_decay") != 0) {
      parameter.mulInPlace(1 - group.lr() * group.number("weight_decay"));
    }
    Tensor squares = grad.square();
    Tensor estimate;
    if (grad.rank() > 1) {
      Tensor rows = blend(state, ROWS, squares.mean(Dim.of(-1), KEEP), share);
      Tensor columns = blend(state, COLUMNS, squares.mean(Dim.of(-2), KEEP), share);
      Tensor mean = rows.mean(Dim.of(-2), KEEP).clamp(leastSquare, null);
      estimate = rows.matmul(columns).div(mean);
    } else {
      estimate = blend(state, "variance", squares, share);
    }
    Tensor step = estimate.clamp(leastSquare * leastSquare, null).rsqrt().mul(grad);
    Tensor excess = step.norm().mul(1 / (root * group.number("d"))).clamp(1, null);
    parameter.addInPlace(step.mul(size.neg().div(excess)));
  }

  private static Tensor blend(State state, String name, Tensor value, double share) {
    Tensor mean = state.tensor(name, value.shape());
    return mean.addInPlace(value.sub(mean).mul(share));
  }
}
