package io.arclight.models;

import io.arclight.nn.AdaptiveAvgPool2d;
import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.Init;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.MaxPool2d;
import io.arclight.nn.Module;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Tensor;

/**
 * Residual networks, for images [n, 3, h, w]; logits [n, classes]. State by torchvision's names,
 * whose checkpoints load.
 *
 * <pre>{@code
 * ResNet backbone = ResNet.resnet18(1000);
 * backbone.loadStateDict(TorchFile.load(path).stateDict());
 * backbone.requiresGrad(false);
 * backbone.replaceHead(5); // a new last layer, trained
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1512.03385">He et al. 2015</a>
 */
public final class ResNet extends Layer {
  private static final long EXPANSION = 4;

  private enum Block {
    BASIC,
    BOTTLENECK
  }

  private final Conv2d conv1;
  private final BatchNorm2d bn1;
  private final MaxPool2d maxpool;
  private final Sequential layer1;
  private final Sequential layer2;
  private final Sequential layer3;
  private final Sequential layer4;
  private final AdaptiveAvgPool2d avgpool = new AdaptiveAvgPool2d(1);
  private Linear fc;
  private long channels;

  private ResNet(Stem stem, Block block, long width, long classes, int... depths) {
    channels = width;
    conv1 = register("conv1", stem.convolution(width));
    bn1 = register("bn1", new BatchNorm2d(width));
    maxpool = stem.pool == null ? null : register("maxpool", stem.pool);
    layer1 = register("layer1", stage(block, width, depths[0], 1));
    layer2 = register("layer2", stage(block, 2 * width, depths[1], 2));
    layer3 = register("layer3", stage(block, 4 * width, depths[2], 2));
    layer4 = register("layer4", stage(block, 8 * width, depths[3], 2));
    register("avgpool", avgpool);
    fc = register("fc", new Linear(channels, classes));
    apply(ResNet::initialise);
  }

  /** What comes before the blocks. */
  private record Stem(long in, long kernel, long stride, MaxPool2d pool) {
    static Stem imageNet() {
      return new Stem(3, 7, 2, new MaxPool2d(3).stride(2).padding(1));
    }

    /** For images of 32 pixels or so, which ImageNet's stem would shrink to nothing. */
    static Stem small() {
      return new Stem(3, 3, 1, null);
    }

    Conv2d convolution(long width) {
      return new Conv2d(in, width, kernel).stride(stride).padding(kernel / 2).noBias();
    }
  }

  /** 18 layers, 11.7 million parameters for 1000 classes. */
  public static ResNet resnet18(long classes) {
    return new ResNet(Stem.imageNet(), Block.BASIC, 64, classes, 2, 2, 2, 2);
  }

  /** 34 layers, 21.8 million parameters for 1000 classes. */
  public static ResNet resnet34(long classes) {
    return new ResNet(Stem.imageNet(), Block.BASIC, 64, classes, 3, 4, 6, 3);
  }

  /** 50 layers, 25.6 million parameters for 1000 classes. */
  public static ResNet resnet50(long classes) {
    return new ResNet(Stem.imageNet(), Block.BOTTLENECK, 64, classes, 3, 4, 6, 3);
  }

  /**
   * Basic blocks for small images such as CIFAR's: a 3x3 stem that keeps the size, {@code width}
   * channels first.
   */
  public static ResNet small(long width, int depth, long classes) {
    return new ResNet(Stem.small(), Block.BASIC, width, classes, depth, depth, depth, depth);
  }

  /**
   * Keeps each block's input only, and computes the rest again in backward: see {@link
   * Module#activationCheckpointing}.
   */
  public ResNet gradientCheckpointing() {
    activationCheckpointing(part -> part instanceof BasicBlock || part instanceof Bottleneck);
    return this;
  }

  private Sequential stage(Block block, long planes, int depth, long stride) {
    Layer[] blocks = new Layer[depth];
    for (int i = 0; i < depth; i++) {
      long by = i == 0 ? stride : 1;
      blocks[i] =
          block == Block.BASIC
              ? new BasicBlock(channels, planes, by)
              : new Bottleneck(channels, planes, by);
      channels = block == Block.BASIC ? planes : planes * EXPANSION;
    }
    return new Sequential(blocks);
  }

  private static void initialise(Module module) {
    if (module instanceof Conv2d conv) {
      Init.kaimingNormal(conv.weight(), 0, Init.Fan.OUT, Init.Nonlinearity.RELU);
    }
  }

  /** Puts a new, untrained last layer for {@code classes} in the place of the present one. */
  public ResNet replaceHead(long classes) {
    unregister("fc");
    fc = register("fc", new Linear(channels, classes));
    return this;
  }

  /** What the last layer sees: [n, channels]. */
  public Tensor features(Tensor images) {
    Tensor x = bn1.call(conv1.call(images)).relu();
    x = maxpool == null ? x : maxpool.call(x);
    x = layer4.call(layer3.call(layer2.call(layer1.call(x))));
    return avgpool.call(x).flatten(1);
  }

  @Override
  public Tensor forward(Tensor images) {
    return fc.call(features(images));
  }

  /** A shortcut that fits another size, or null. */
  private static Sequential downsample(long in, long out, long stride) {
    return stride == 1 && in == out
        ? null
        : new Sequential(new Conv2d(in, out, 1).stride(stride).noBias(), new BatchNorm2d(out));
  }

  /** Two 3x3 convolutions around which the input passes. */
  private static final class BasicBlock extends Layer {
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Conv2d conv2;
    private final BatchNorm2d bn2;
    private final Sequential downsample;

    BasicBlock(long in, long planes, long stride) {
      conv1 = register("conv1", new Conv2d(in, planes, 3).stride(stride).padding(1).noBias());
      bn1 = register("bn1", new BatchNorm2d(planes));
      conv2 = register("conv2", new Conv2d(planes, planes, 3).padding(1).noBias());
      bn2 = register("bn2", new BatchNorm2d(planes));
      Sequential shortcut = ResNet.downsample(in, planes, stride);
      downsample = shortcut == null ? null : register("downsample", shortcut);
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor out = bn1.call(conv1.call(x)).relu();
      out = bn2.call(conv2.call(out));
      return out.add(downsample == null ? x : downsample.call(x)).relu();
    }
  }

  /** A 3x3 convolution between two of 1x1, the last to four times the channels. */
  private static final class Bottleneck extends Layer {
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Conv2d conv2;
    private final BatchNorm2d bn2;
    private final Conv2d conv3;
    private final BatchNorm2d bn3;
    private final Sequential downsample;

    Bottleneck(long in, long planes, long stride) {
      long out = planes * EXPANSION;
      conv1 = register("conv1", new Conv2d(in, planes, 1).noBias());
      bn1 = register("bn1", new BatchNorm2d(planes));
      conv2 = register("conv2", new Conv2d(planes, planes, 3).stride(stride).padding(1).noBias());
      bn2 = register("bn2", new BatchNorm2d(planes));
      conv3 = register("conv3", new Conv2d(planes, out, 1).noBias());
      bn3 = register("bn3", new BatchNorm2d(out));
      Sequential shortcut = ResNet.downsample(in, out, stride);
      downsample = shortcut == null ? null : register("downsample", shortcut);
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor out = bn1.call(conv1.call(x)).relu();
      out = bn2.call(conv2.call(out)).relu();
      out = bn3.call(conv3.call(out));
      return out.add(downsample == null ? x : downsample.call(x)).relu();
    }
  }
}
