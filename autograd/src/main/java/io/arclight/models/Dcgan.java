package io.arclight.models;

import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.ConvTranspose2d;
import io.arclight.nn.Init;
import io.arclight.nn.Layer;
import io.arclight.nn.LeakyReLU;
import io.arclight.nn.Module;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.nn.Tanh;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The two networks of a deep convolutional GAN, for square images of 16, 32, 64, ... pixels.
 *
 * @see <a href="https://arxiv.org/abs/1511.06434">Radford et al. 2015</a>
 */
public final class Dcgan {
  private Dcgan() {}

  /** Codes [n, latent, 1, 1] to images [n, channels, size, size] on [-1, 1]. */
  public static final class Generator extends Layer {
    private final Sequential main;

    /**
     * A generator.
     *
     * @param width channels of the layer before the image
     */
    public Generator(long latent, long width, long channels, int size) {
      int halvings = halvings(size);
      List<Layer> layers = new ArrayList<>();
      long in = latent;
      for (int i = 0; i < halvings; i++) {
        long out = width << (halvings - 1 - i);
        layers.add(
            i == 0
                ? new ConvTranspose2d(in, out, 4).noBias()
                : new ConvTranspose2d(in, out, 4).stride(2).padding(1).noBias());
        layers.add(new BatchNorm2d(out));
        layers.add(new ReLU());
        in = out;
      }
      layers.add(new ConvTranspose2d(in, channels, 4).stride(2).padding(1).noBias());
      layers.add(new Tanh());
      main = register("main", new Sequential(layers.toArray(new Layer[0])));
      apply(Dcgan::initialise);
    }

    @Override
    public Tensor forward(Tensor codes) {
      return main.call(codes);
    }
  }

  /** Images [n, channels, size, size] to logits of being real, [n]. */
  public static final class Discriminator extends Layer {
    private final Sequential main;

    /**
     * A discriminator.
     *
     * @param width channels of the first layer
     */
    public Discriminator(long width, long channels, int size) {
      int halvings = halvings(size);
      List<Layer> layers = new ArrayList<>();
      layers.add(new Conv2d(channels, width, 4).stride(2).padding(1).noBias());
      layers.add(new LeakyReLU(0.2));
      for (int i = 1; i < halvings; i++) {
        long out = width << i;
        layers.add(new Conv2d(out / 2, out, 4).stride(2).padding(1).noBias());
        layers.add(new BatchNorm2d(out));
        layers.add(new LeakyReLU(0.2));
      }
      layers.add(new Conv2d(width << (halvings - 1), 1, 4).noBias());
      main = register("main", new Sequential(layers.toArray(new Layer[0])));
      apply(Dcgan::initialise);
    }

    @Override
    public Tensor forward(Tensor images) {
      return main.call(images).flatten(0);
    }
  }

  /** How often the size is halved until 4 pixels are left. */
  private static int halvings(int size) {
    int halvings = Integer.numberOfTrailingZeros(size) - 2;
    if (halvings < 1 || size != 4 << halvings) {
      throw new IllegalArgumentException(
          "Dcgan: the size must be a power of two of at least 8, not " + size + ": pad the images");
    }
    return halvings;
  }

  private static void initialise(Module module) {
    if (module instanceof Conv2d conv) {
      Init.normal(conv.weight(), 0, 0.02);
    } else if (module instanceof ConvTranspose2d conv) {
      Init.normal(conv.weight(), 0, 0.02);
    } else if (module instanceof BatchNorm2d norm) {
      Init.normal(norm.weight(), 1, 0.02);
      Init.zeros(norm.bias());
    }
  }
}
