package io.arclight.models;

import io.arclight.nn.Conv2d;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.MaxPool2d;
import io.arclight.tensor.Tensor;

/**
 * LeNet-5 with ReLU and max pooling, for images [n, channels, 28, 28]; logits [n, classes].
 *
 * @see <a href="http://yann.lecun.com/exdb/publis/pdf/lecun-01a.pdf">LeCun et al. 1998</a>
 */
public final class LeNet extends Layer {
  private final Conv2d conv1;
  private final Conv2d conv2 = register("conv2", new Conv2d(6, 16, 5));
  private final Linear fc1 = register("fc1", new Linear(16 * 5 * 5, 120));
  private final Linear fc2 = register("fc2", new Linear(120, 84));
  private Linear fc3;
  private final MaxPool2d pool = register("pool", new MaxPool2d(2));

  /** For digits: one channel, ten classes. */
  public LeNet() {
    this(1, 10);
  }

  /** For images of so many channels. */
  public LeNet(long channels, long classes) {
    conv1 = register("conv1", new Conv2d(channels, 6, 5).padding(2));
    fc3 = register("fc3", new Linear(84, classes));
  }

  /** Puts a new, untrained last layer for {@code classes} in the place of the present one. */
  public LeNet replaceHead(long classes) {
    unregister("fc3");
    fc3 = register("fc3", new Linear(84, classes));
    return this;
  }

  /** What the last layer sees: [n, 84]. */
  public Tensor features(Tensor images) {
    Tensor x = pool.call(conv1.call(images).relu());
    x = pool.call(conv2.call(x).relu()).flatten(1);
    return fc2.call(fc1.call(x).relu()).relu();
  }

  @Override
  public Tensor forward(Tensor images) {
    return fc3.call(features(images));
  }
}
