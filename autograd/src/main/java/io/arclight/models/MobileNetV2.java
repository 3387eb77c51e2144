package io.arclight.models;

import io.arclight.nn.AdaptiveAvgPool2d;
import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.Dropout;
import io.arclight.nn.Init;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.ReLU6;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * MobileNetV2, for images [n, 3, h, w]; logits [n, classes]. State by torchvision's names.
 *
 * @see <a href="https://arxiv.org/abs/1801.04381">Sandler et al. 2018</a>
 */
public final class MobileNetV2 extends Layer {
  /** Expansion, channels, blocks, stride of the first. */
  private static final long[][] STAGES = {
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1},
  };

  private static final long FIRST = 32;
  private static final long LAST = 1280;

  private final Sequential features;
  private final Sequential classifier;
  private final AdaptiveAvgPool2d pool = new AdaptiveAvgPool2d(1);

  /** 3.5 million parameters for 1000 classes. */
  public MobileNetV2(long classes) {
    this(classes, 1);
  }

  /** With {@code width} times the channels, in multiples of 8. */
  public MobileNetV2(long classes, double width) {
    List<Layer> layers = new ArrayList<>();
    long in = channels(FIRST * width);
    long last = channels(LAST * Math.max(1, width));
    layers.add(ConvNormActivation.of(3, in, 3, 2, 1, ReLU6::new));
    for (long[] stage : STAGES) {
      long out = channels(stage[1] * width);
      for (int i = 0; i < stage[2]; i++) {
        layers.add(new InvertedResidual(in, out, i == 0 ? stage[3] : 1, stage[0]));
        in = out;
      }
    }
    layers.add(ConvNormActivation.of(in, last, 1, 1, 1, ReLU6::new));
    features = register("features", new Sequential(layers.toArray(new Layer[0])));
    classifier =
        register("classifier", new Sequential(new Dropout(0.2), new Linear(last, classes)));
    register("pool", pool);
    apply(MobileNetV2::initialise);
  }

  /** The nearest multiple of 8 that takes away no more than a tenth. */
  private static long channels(double wanted) {
    long near = Math.max(8, (long) (wanted + 4) / 8 * 8);
    return near < 0.9 * wanted ? near + 8 : near;
  }

  private static void initialise(Module module) {
    if (module instanceof Conv2d conv) {
      Init.kaimingNormal(conv.weight(), 0, Init.Fan.OUT, Init.Nonlinearity.LEAKY_RELU);
    } else if (module instanceof Linear linear) {
      Init.normal(linear.weight(), 0, 0.01);
      Init.zeros(linear.bias());
    }
  }

  @Override
  public Tensor forward(Tensor images) {
    return classifier.call(pool.call(features.call(images)).flatten(1));
  }

  /** Expands by a 1x1 convolution, filters each channel, projects; the input passes around. */
  private static final class InvertedResidual extends Layer {
    private final Sequential conv;
    private final boolean around;

    InvertedResidual(long in, long out, long stride, long expansion) {
      long hidden = in * expansion;
      List<Layer> layers = new ArrayList<>();
      if (expansion != 1) {
        layers.add(ConvNormActivation.of(in, hidden, 1, 1, 1, ReLU6::new));
      }
      layers.add(ConvNormActivation.of(hidden, hidden, 3, stride, hidden, ReLU6::new));
      layers.add(new Conv2d(hidden, out, 1).noBias());
      layers.add(new BatchNorm2d(out));
      conv = register("conv", new Sequential(layers.toArray(new Layer[0])));
      around = stride == 1 && in == out;
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor out = conv.call(x);
      return around ? x.add(out) : out;
    }
  }
}
