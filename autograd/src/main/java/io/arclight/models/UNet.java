package io.arclight.models;

import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.ConvTranspose2d;
import io.arclight.nn.Layer;
import io.arclight.nn.MaxPool2d;
import io.arclight.nn.ModuleList;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * U-Net for segmentation: images [n, in, h, w] to a logit per class and pixel, [n, classes, h, w].
 * Height and width must be multiples of 2^depth. Convolutions pad, and are normed by batch.
 *
 * @see <a href="https://arxiv.org/abs/1505.04597">Ronneberger et al. 2015</a>
 */
public final class UNet extends Layer {
  private final ModuleList<Sequential> down = register("down", new ModuleList<>());
  private final ModuleList<ConvTranspose2d> up = register("up", new ModuleList<>());
  private final ModuleList<Sequential> merge = register("merge", new ModuleList<>());
  private final MaxPool2d pool = register("pool", new MaxPool2d(2));
  private final Conv2d head;

  /** As published: 64 channels at full size, halved in size and doubled in channels four times. */
  public UNet(long in, long classes) {
    this(in, classes, 64, 4);
  }

  /**
   * Of another size.
   *
   * @param width channels at full size
   * @param depth how often the size is halved
   */
  public UNet(long in, long classes, long width, int depth) {
    if (depth < 1) {
      throw new IllegalArgumentException("UNet: the depth must be positive, not " + depth);
    }
    down.append(twice(in, width));
    for (int i = 1; i <= depth; i++) {
      down.append(twice(width << (i - 1), width << i));
    }
    for (int i = depth; i >= 1; i--) {
      long wide = width << i;
      up.append(new ConvTranspose2d(wide, wide / 2, 2).stride(2));
      merge.append(twice(wide, wide / 2));
    }
    head = register("head", new Conv2d(width, classes, 1));
  }

  private static Sequential twice(long in, long out) {
    return new Sequential(
        new Conv2d(in, out, 3).padding(1).noBias(),
        new BatchNorm2d(out),
        new ReLU(),
        new Conv2d(out, out, 3).padding(1).noBias(),
        new BatchNorm2d(out),
        new ReLU());
  }

  @Override
  public Tensor forward(Tensor images) {
    int depth = up.size();
    requireDivisible(images, 1L << depth);
    List<Tensor> passed = new ArrayList<>();
    Tensor x = down.get(0).call(images);
    for (int i = 1; i <= depth; i++) {
      passed.add(x);
      x = down.get(i).call(pool.call(x));
    }
    for (int i = 0; i < depth; i++) {
      x = merge.get(i).call(Tensor.cat(1, passed.get(depth - 1 - i), up.get(i).call(x)));
    }
    return head.call(x);
  }

  private static void requireDivisible(Tensor images, long factor) {
    if (images.rank() != 4 || images.dim(2) % factor != 0 || images.dim(3) % factor != 0) {
      throw new ShapeException(
          "UNet: expects images [n, channels, h, w] with h and w multiples of "
              + factor
              + ", got "
              + images.shape()
              + ": pad or resize them");
    }
  }
}
