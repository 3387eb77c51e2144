package io.arclight.distributions;

import static io.arclight.distributions.Distribution.sumLast;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.Triangle;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Kullback and Leibler's divergence, in closed form. */
public final class Kl {
  private record Pair(Class<?> p, Class<?> q) {}

  private static final Map<Pair, BiFunction<Distribution, Distribution, Tensor>> RULES =
      new LinkedHashMap<>();

  static {
    rule(Normal.class, Normal.class, Kl::normals);
    rule(Uniform.class, Uniform.class, Kl::uniforms);
    rule(Uniform.class, Normal.class, Kl::uniformNormal);
    rule(Exponential.class, Exponential.class, Kl::exponentials);
    rule(Exponential.class, Gamma.class, (p, q) -> gammas(asGamma(p), q));
    rule(Gamma.class, Exponential.class, (p, q) -> gammas(p, asGamma(q)));
    rule(Gamma.class, Gamma.class, Kl::gammas);
    rule(Bernoulli.class, Bernoulli.class, Kl::bernoullis);
    rule(Categorical.class, Categorical.class, Kl::categoricals);
    rule(Dirichlet.class, Dirichlet.class, Kl::dirichlets);
    rule(Beta.class, Beta.class, (p, q) -> dirichlets(p.dirichlet(), q.dirichlet()));
    rule(MultivariateNormal.class, MultivariateNormal.class, Kl::multivariateNormals);
  }

  private Kl() {}

  /**
   * KL(p || q) of each pair of the batch, in nats.
   *
   * @throws TensorException for families without a closed form here
   */
  public static Tensor divergence(Distribution p, Distribution q) {
    BiFunction<Distribution, Distribution, Tensor> rule =
        RULES.get(new Pair(p.getClass(), q.getClass()));
    if (rule == null) {
      List<String> known =
          RULES.keySet().stream()
              .map(k -> k.p.getSimpleName() + " to " + k.q.getSimpleName())
              .toList();
      throw new TensorException(
          "kl: no closed form from "
              + p.getClass().getSimpleName()
              + " to "
              + q.getClass().getSimpleName()
              + "; there are "
              + String.join(", ", known)
              + ": else estimate it by the mean of p.logProb(x) - q.logProb(x) over draws x of p");
    }
    if (!p.eventShape().equals(q.eventShape())) {
      throw new ShapeException(
          "kl: events of shapes " + p.eventShape() + " and " + q.eventShape() + " differ");
    }
    return rule.apply(p, q);
  }

  private static <P extends Distribution, Q extends Distribution> void rule(
      Class<P> p, Class<Q> q, BiFunction<P, Q, Tensor> value) {
    RULES.put(new Pair(p, q), (a, b) -> value.apply(p.cast(a), q.cast(b)));
  }

  private static Tensor normals(Normal p, Normal q) {
    Tensor ratio = p.scale().div(q.scale()).square();
    Tensor shift = p.loc().sub(q.loc()).div(q.scale()).square();
    return ratio.add(shift).sub(1).sub(ratio.log()).mul(0.5);
  }

  private static Tensor uniforms(Uniform p, Uniform q) {
    Tensor outside = q.low().gt(p.low()).logicalOr(q.high().lt(p.high()));
    Tensor log = q.high().sub(q.low()).div(p.high().sub(p.low())).log();
    return log.maskedFill(outside, Double.POSITIVE_INFINITY);
  }

  private static Tensor uniformNormal(Uniform p, Normal q) {
    Tensor width = p.high().sub(p.low());
    Tensor center = p.high().add(p.low()).mul(0.5).sub(q.loc());
    Tensor squares = center.square().add(width.square().mul(1.0 / 12));
    return squares
        .div(q.scale().square())
        .mul(0.5)
        .add(q.scale().log())
        .add(0.5 * Math.log(2 * Math.PI))
        .sub(width.log());
  }

  private static Tensor exponentials(Exponential p, Exponential q) {
    Tensor ratio = q.rate().div(p.rate());
    return ratio.sub(1).sub(ratio.log());
  }

  private static Gamma asGamma(Exponential d) {
    return new Gamma(d.rate().onesLike(), d.rate());
  }

  private static Tensor gammas(Gamma p, Gamma q) {
    Tensor shapes = p.concentration().sub(q.concentration());
    return q.concentration()
        .mul(p.rate().div(q.rate()).log())
        .add(q.concentration().lgamma().sub(p.concentration().lgamma()))
        .add(shapes.mul(p.concentration().digamma()))
        .add(q.rate().sub(p.rate()).mul(p.concentration().div(p.rate())));
  }

  private static Tensor bernoullis(Bernoulli p, Bernoulli q) {
    Tensor ones = p.probs().mul(q.logits().neg().softplus().sub(p.logits().neg().softplus()));
    Tensor zeros = p.probs().neg().add(1).mul(q.logits().softplus().sub(p.logits().softplus()));
    Tensor impossible =
        q.probs()
            .eq(0)
            .logicalAnd(p.probs().gt(0))
            .logicalOr(q.probs().eq(1).logicalAnd(p.probs().lt(1)));
    return ones.add(zeros).maskedFill(impossible, Double.POSITIVE_INFINITY);
  }

  private static Tensor categoricals(Categorical p, Categorical q) {
    Tensor terms = p.probs().mul(p.logits().sub(q.logits()));
    Tensor impossible = q.probs().eq(0).logicalAnd(p.probs().gt(0));
    Tensor absent = p.probs().eq(0);
    return sumLast(
        terms
            .maskedFill(impossible, Double.POSITIVE_INFINITY)
            .maskedFill(absent.expand(terms.shape()), 0));
  }

  private static Tensor dirichlets(Dirichlet p, Dirichlet q) {
    Tensor a = p.concentration();
    Tensor b = q.concentration();
    Tensor total = a.sum(Dim.of(-1), Dim.Keep.KEEP);
    return sumLast(a)
        .lgamma()
        .sub(sumLast(b).lgamma())
        .add(sumLast(b.lgamma().sub(a.lgamma())))
        .add(sumLast(a.sub(b).mul(a.digamma().sub(total.digamma()))));
  }

  private static Tensor multivariateNormals(MultivariateNormal p, MultivariateNormal q) {
    Tensor inner = Linalg.solveTriangular(q.scaleTril(), p.scaleTril(), Triangle.LOWER);
    Tensor trace = inner.square().sum(Dim.of(-2, -1), Dim.Keep.DROP);
    Tensor shift = MultivariateNormal.mahalanobis(q.scaleTril(), q.loc().sub(p.loc()));
    long n = p.loc().dim(-1);
    return trace.add(shift).sub(n).mul(0.5).add(q.halfLogDet().sub(p.halfLogDet()));
  }
}
