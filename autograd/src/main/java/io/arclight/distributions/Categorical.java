package io.arclight.distributions;

import static io.arclight.tensor.Dim.Keep.KEEP;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/**
 * One of the classes 0 to n - 1, as int64; the parameters' last dimension runs over the classes.
 */
public final class Categorical extends Distribution {
  /** Normalised: their exponentials sum to 1. */
  private final Tensor logits;

  private final Tensor probs;

  private Categorical(Tensor logits, Tensor probs) {
    super(leading("Categorical", probs.shape()), Shape.SCALAR);
    this.logits = logits;
    this.probs = probs;
  }

  /**
   * Classes by their probabilities.
   *
   * @param probs [..., n], scaled to sum to 1
   * @throws io.arclight.tensor.DataException for a negative one, or if all are 0
   */
  public static Categorical ofProbs(Tensor probs) {
    leading("Categorical", probs.shape());
    require(
        probs,
        probs.detach().ge(0).logicalAnd(probs.detach().isfinite()),
        "Categorical: probabilities must be finite and not negative");
    Tensor total = probs.sum(Dim.of(-1), KEEP);
    require(total, total.detach().gt(0), "Categorical: the sum of probabilities must be positive");
    Tensor scaled = probs.div(total);
    double eps = probs.dtype().finfo().eps();
    return new Categorical(scaled.clamp(eps, 1 - eps).log(), scaled);
  }

  /**
   * Classes by logarithms of probabilities, up to a number that is added to all.
   *
   * @param logits [..., n]; probabilities are their softmax
   */
  public static Categorical ofLogits(Tensor logits) {
    leading("Categorical", logits.shape());
    return new Categorical(logits.logSoftmax(-1), logits.softmax(-1));
  }

  /** The classes' probabilities, which sum to 1. */
  public Tensor probs() {
    return probs;
  }

  /** Their logarithms. */
  public Tensor logits() {
    return logits;
  }

  /** The number of classes. */
  public long events() {
    return probs.dim(-1);
  }

  @Override
  public boolean reparameterized() {
    return false;
  }

  @Override
  Tensor draw(Shape sampleShape) {
    long n = sampleShape.elements();
    long rows = batchShape().elements();
    Tensor flat = probs.reshape(rows, events());
    Tensor drawn = Generator.standard().multinomial(flat, n, Generator.Replacement.WITH);
    return drawn.t().reshape(extended(sampleShape));
  }

  @Override
  public Tensor logProb(Tensor value) {
    Tensor v = value.detach();
    require(
        value,
        v.ge(0).logicalAnd(v.lt(events())),
        "Categorical: a value must be a class from 0 to " + (events() - 1));
    Shape shape = Shape.broadcast(value.shape(), batchShape());
    Tensor index = value.to(DType.INT64).expand(shape).unsqueeze(-1);
    Tensor rows = logits.expand(concat(shape, Shape.of(events())));
    return rows.gather(-1, index).squeeze(-1);
  }

  @Override
  public Tensor entropy() {
    return sumLast(logits.clamp(minimum(), null).mul(probs)).neg();
  }

  /** The least finite number, so that classes of probability 0 add 0 and not NaN. */
  double minimum() {
    return logits.dtype().finfo().min();
  }

  /** NaN: classes have no mean. */
  @Override
  public Tensor mean() {
    return Tensor.full(batchShape(), Double.NaN, probs.dtype(), probs.device());
  }

  /** NaN: classes have no variance. */
  @Override
  public Tensor variance() {
    return mean();
  }
}
