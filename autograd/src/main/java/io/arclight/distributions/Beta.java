package io.arclight.distributions;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** The beta distribution on (0, 1): the first part of a Dirichlet distribution of two. */
public final class Beta extends Distribution {
  private final Tensor alpha;
  private final Tensor beta;
  private final Dirichlet dirichlet;

  /**
   * @throws io.arclight.tensor.DataException for a concentration that is not positive
   */
  public Beta(Tensor concentration1, Tensor concentration0) {
    super(Shape.broadcast(concentration1.shape(), concentration0.shape()), Shape.SCALAR);
    this.alpha = positive(concentration1, "Beta: concentration1").expand(batchShape());
    this.beta = positive(concentration0, "Beta: concentration0").expand(batchShape());
    this.dirichlet = new Dirichlet(Tensor.stack(-1, alpha, beta));
  }

  /** The first concentration, alpha. */
  public Tensor concentration1() {
    return alpha;
  }

  /** The second concentration, beta. */
  public Tensor concentration0() {
    return beta;
  }

  Dirichlet dirichlet() {
    return dirichlet;
  }

  @Override
  Tensor draw(Shape sampleShape) {
    return dirichlet.draw(sampleShape).select(-1, 0);
  }

  @Override
  public Tensor logProb(Tensor value) {
    require(
        value,
        value.detach().ge(0).logicalAnd(value.detach().le(1)),
        "Beta: a value must be in [0, 1]");
    return dirichlet.logProb(Tensor.stack(-1, value, value.neg().add(1)));
  }

  @Override
  public Tensor entropy() {
    return dirichlet.entropy();
  }

  @Override
  public Tensor mean() {
    return alpha.div(alpha.add(beta));
  }

  @Override
  public Tensor variance() {
    Tensor total = alpha.add(beta);
    return alpha.mul(beta).div(total.square().mul(total.add(1)));
  }
}
