package io.arclight.models;

import io.arclight.nn.Functional;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.Reduction;
import io.arclight.tensor.Tensor;

/**
 * A variational autoencoder of values on [0, 1], such as the pixels of MNIST, by fully connected
 * layers.
 *
 * <pre>{@code
 * Vae vae = new Vae(784, 400, 20);
 * Tensor loss = vae.loss(pixels, vae.call(pixels)); // minus the evidence bound, a sample
 * Tensor drawn = vae.decode(Tensor.randn(Shape.of(64, 20)));
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1312.6114">Kingma and Welling 2013</a>
 */
public final class Vae extends Module {
  private final Linear fc1;
  private final Linear fc21;
  private final Linear fc22;
  private final Linear fc3;
  private final Linear fc4;

  /** Of so many inputs, hidden units and latent variables. */
  public Vae(long inputs, long hidden, long latent) {
    fc1 = register("fc1", new Linear(inputs, hidden));
    fc21 = register("fc21", new Linear(hidden, latent));
    fc22 = register("fc22", new Linear(hidden, latent));
    fc3 = register("fc3", new Linear(latent, hidden));
    fc4 = register("fc4", new Linear(hidden, inputs));
  }

  /**
   * What the model makes of a batch.
   *
   * @param logits of the reconstruction, [n, inputs]
   * @param mean of the code, [n, latent]
   * @param logVariance of the code, [n, latent]
   */
  public record Output(Tensor logits, Tensor mean, Tensor logVariance) {}

  /** Mean and log-variance of the code of {@code x} [n, inputs]; the logits are null. */
  public Output encode(Tensor x) {
    Tensor hidden = fc1.call(x).relu();
    return new Output(null, fc21.call(hidden), fc22.call(hidden));
  }

  /** Values on [0, 1], [n, inputs], of {@code code} [n, latent]. */
  public Tensor decode(Tensor code) {
    return logits(code).sigmoid();
  }

  private Tensor logits(Tensor code) {
    return fc4.call(fc3.call(code).relu());
  }

  /** Encodes, draws a code (in training; else takes its mean), decodes: {@code x} [n, inputs]. */
  public Output call(Tensor x) {
    return within(
        in -> {
          Output code = encode(in[0]);
          Tensor z =
              isTraining()
                  ? code.mean.add(code.logVariance.mul(0.5).exp().mul(code.logVariance.randnLike()))
                  : code.mean;
          return new Output(logits(z), code.mean, code.logVariance);
        },
        x);
  }

  /** The mean over samples of reconstruction loss plus divergence of the code from N(0, 1). */
  public Tensor loss(Tensor x, Output out) {
    Tensor reconstruction = Functional.binaryCrossEntropyWithLogits(out.logits, x, Reduction.SUM);
    Tensor divergence =
        out.logVariance.add(1).sub(out.mean.square()).sub(out.logVariance.exp()).sum().mul(-0.5);
    return reconstruction.add(divergence).div(x.dim(0));
  }
}
