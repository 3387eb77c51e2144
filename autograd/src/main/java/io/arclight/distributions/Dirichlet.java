package io.arclight.distributions;

import static io.arclight.tensor.Dim.Keep.KEEP;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** Points of the simplex; the concentrations' last dimension is the event. */
public final class Dirichlet extends Distribution {
  private final Tensor concentration;

  /**
   * @param concentration [..., n]
   * @throws io.arclight.tensor.DataException for one that is not positive
   */
  public Dirichlet(Tensor concentration) {
    super(
        leading("Dirichlet: the concentration", concentration.shape()),
        Shape.of(concentration.dim(-1)));
    this.concentration = positive(concentration, "Dirichlet: concentration");
  }

  /** The concentrations [..., n]. */
  public Tensor concentration() {
    return concentration;
  }

  @Override
  Tensor draw(Shape sampleShape) {
    Tensor parts = Gamma.standard(concentration.expand(extended(sampleShape)));
    return parts.div(parts.sum(Dim.of(-1), KEEP));
  }

  @Override
  public Tensor logProb(Tensor value) {
    Tensor v = value.detach();
    require(value, v.ge(0), "Dirichlet: a value must not be negative");
    Tensor sum = v.sum(Dim.of(-1), KEEP);
    require(
        sum,
        sum.sub(1).abs().lt(1e-6 + 16 * v.dtype().finfo().eps()),
        "Dirichlet: a value must sum to 1");
    return sumLast(concentration.sub(1).xlogy(value)).add(normalizer().neg());
  }

  /** The logarithm of the multivariate beta function. */
  private Tensor normalizer() {
    return sumLast(concentration.lgamma()).sub(sumLast(concentration).lgamma());
  }

  @Override
  public Tensor entropy() {
    Tensor total = sumLast(concentration);
    return normalizer()
        .add(total.sub(concentration.dim(-1)).mul(total.digamma()))
        .sub(sumLast(concentration.sub(1).mul(concentration.digamma())));
  }

  @Override
  public Tensor mean() {
    return concentration.div(concentration.sum(Dim.of(-1), KEEP));
  }

  @Override
  public Tensor variance() {
    Tensor total = concentration.sum(Dim.of(-1), KEEP);
    Tensor m = mean();
    return m.mul(m.neg().add(1)).div(total.add(1));
  }
}
