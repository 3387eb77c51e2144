package io.arclight.models;

import io.arclight.nn.AdaptiveAvgPool2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.Dropout;
import io.arclight.nn.Init;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.Sequential;
import io.arclight.nn.SiLU;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * EfficientNet-B0, for images [n, 3, h, w]; logits [n, classes]. State by torchvision's names.
 *
 * @see <a href="https://arxiv.org/abs/1905.11946">Tan and Le 2019</a>
 */
public final class EfficientNet extends Layer {
  /** Expansion, kernel, stride of the first block, channels, blocks. */
  private static final long[][] STAGES = {
    {1, 3, 1, 16, 1},
    {6, 3, 2, 24, 2},
    {6, 5, 2, 40, 2},
    {6, 3, 2, 80, 3},
    {6, 5, 1, 112, 3},
    {6, 5, 2, 192, 4},
    {6, 3, 1, 320, 1},
  };

  private static final long FIRST = 32;
  private static final long LAST = 1280;

  /** The chance that the last block is left out of a training step; less for earlier ones. */
  private static final double LEFT_OUT = 0.2;

  private final Sequential features;
  private final AdaptiveAvgPool2d avgpool = new AdaptiveAvgPool2d(1);
  private final Sequential classifier;

  private EfficientNet(long classes) {
    long blocks = 0;
    for (long[] stage : STAGES) {
      blocks += stage[4];
    }
    List<Layer> stages = new ArrayList<>();
    stages.add(ConvNormActivation.of(3, FIRST, 3, 2, 1, SiLU::new));
    long in = FIRST;
    int at = 0;
    for (long[] stage : STAGES) {
      Layer[] layers = new Layer[(int) stage[4]];
      for (int i = 0; i < layers.length; i++) {
        double p = LEFT_OUT * at++ / blocks;
        layers[i] = new MbConv(in, stage[3], stage[1], i == 0 ? stage[2] : 1, stage[0], p);
        in = stage[3];
      }
      stages.add(new Sequential(layers));
    }
    stages.add(ConvNormActivation.of(in, LAST, 1, 1, 1, SiLU::new));
    features = register("features", new Sequential(stages.toArray(new Layer[0])));
    register("avgpool", avgpool);
    classifier =
        register("classifier", new Sequential(new Dropout(0.2), new Linear(LAST, classes)));
    apply(EfficientNet::initialise);
  }

  /** 5.3 million parameters for 1000 classes. */
  public static EfficientNet b0(long classes) {
    return new EfficientNet(classes);
  }

  private static void initialise(Module module) {
    if (module instanceof Conv2d conv) {
      Init.kaimingNormal(conv.weight(), 0, Init.Fan.OUT, Init.Nonlinearity.LEAKY_RELU);
      if (conv.bias() != null) {
        Init.zeros(conv.bias());
      }
    } else if (module instanceof Linear linear) {
      double bound = 1 / Math.sqrt(linear.weight().dim(0));
      Init.uniform(linear.weight(), -bound, bound);
      Init.zeros(linear.bias());
    }
  }

  @Override
  public Tensor forward(Tensor images) {
    return classifier.call(avgpool.call(features.call(images)).flatten(1));
  }

  /** Expands, filters each channel, weighs the channels, projects; the input passes around. */
  private static final class MbConv extends Layer {
    private final Sequential block;
    private final StochasticDepth depth;
    private final boolean around;

    MbConv(long in, long out, long kernel, long stride, long expansion, double p) {
      long hidden = in * expansion;
      List<Layer> layers = new ArrayList<>();
      if (expansion != 1) {
        layers.add(ConvNormActivation.of(in, hidden, 1, 1, 1, SiLU::new));
      }
      layers.add(ConvNormActivation.of(hidden, hidden, kernel, stride, hidden, SiLU::new));
      layers.add(new SqueezeExcitation(hidden, Math.max(1, in / 4)));
      layers.add(ConvNormActivation.of(hidden, out, 1, 1, 1, null));
      block = register("block", new Sequential(layers.toArray(new Layer[0])));
      depth = register("stochastic_depth", new StochasticDepth(p));
      around = stride == 1 && in == out;
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor out = block.call(x);
      return around ? depth.call(out).add(x) : out;
    }
  }

  /** Weighs the channels by what their means say. */
  private static final class SqueezeExcitation extends Layer {
    private final AdaptiveAvgPool2d avgpool = register("avgpool", new AdaptiveAvgPool2d(1));
    private final Conv2d fc1;
    private final Conv2d fc2;

    SqueezeExcitation(long channels, long squeezed) {
      fc1 = register("fc1", new Conv2d(channels, squeezed, 1));
      fc2 = register("fc2", new Conv2d(squeezed, channels, 1));
    }

    @Override
    public Tensor forward(Tensor x) {
      return fc2.call(fc1.call(avgpool.call(x)).silu()).sigmoid().mul(x);
    }
  }
}
