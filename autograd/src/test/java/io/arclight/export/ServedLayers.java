package io.arclight.export;

import static io.arclight.export.ServedCase.Input.floats;
import static io.arclight.export.ServedCase.layer;
import static io.arclight.export.ServedCase.module;

import io.arclight.export.ServedCase.Input;
import io.arclight.nn.AdaptiveAvgPool1d;
import io.arclight.nn.AdaptiveAvgPool2d;
import io.arclight.nn.AdaptiveAvgPool3d;
import io.arclight.nn.AdaptiveLogSoftmaxWithLoss;
import io.arclight.nn.AdaptiveMaxPool1d;
import io.arclight.nn.AdaptiveMaxPool2d;
import io.arclight.nn.AdaptiveMaxPool3d;
import io.arclight.nn.AlphaDropout;
import io.arclight.nn.AvgPool1d;
import io.arclight.nn.AvgPool2d;
import io.arclight.nn.AvgPool3d;
import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.BatchNorm3d;
import io.arclight.nn.Bilinear;
import io.arclight.nn.CELU;
import io.arclight.nn.ChannelShuffle;
import io.arclight.nn.CircularPad1d;
import io.arclight.nn.CircularPad2d;
import io.arclight.nn.CircularPad3d;
import io.arclight.nn.ConstantPad1d;
import io.arclight.nn.ConstantPad2d;
import io.arclight.nn.ConstantPad3d;
import io.arclight.nn.Conv1d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.Conv3d;
import io.arclight.nn.ConvTranspose1d;
import io.arclight.nn.ConvTranspose2d;
import io.arclight.nn.ConvTranspose3d;
import io.arclight.nn.CosineSimilarity;
import io.arclight.nn.CrossMapLRN2d;
import io.arclight.nn.Dropout;
import io.arclight.nn.Dropout1d;
import io.arclight.nn.Dropout2d;
import io.arclight.nn.Dropout3d;
import io.arclight.nn.ELU;
import io.arclight.nn.FeatureAlphaDropout;
import io.arclight.nn.Flatten;
import io.arclight.nn.Fold;
import io.arclight.nn.FractionalMaxPool2d;
import io.arclight.nn.FractionalMaxPool3d;
import io.arclight.nn.Functional;
import io.arclight.nn.GELU;
import io.arclight.nn.GLU;
import io.arclight.nn.GroupNorm;
import io.arclight.nn.Hardshrink;
import io.arclight.nn.Hardsigmoid;
import io.arclight.nn.Hardswish;
import io.arclight.nn.Hardtanh;
import io.arclight.nn.Identity;
import io.arclight.nn.InstanceNorm1d;
import io.arclight.nn.InstanceNorm2d;
import io.arclight.nn.InstanceNorm3d;
import io.arclight.nn.InterpolateOptions;
import io.arclight.nn.InterpolateOptions.Mode;
import io.arclight.nn.LPPool1d;
import io.arclight.nn.LPPool2d;
import io.arclight.nn.LPPool3d;
import io.arclight.nn.Layer;
import io.arclight.nn.LayerNorm;
import io.arclight.nn.LazyBatchNorm1d;
import io.arclight.nn.LazyBatchNorm2d;
import io.arclight.nn.LazyBatchNorm3d;
import io.arclight.nn.LazyConv1d;
import io.arclight.nn.LazyConv2d;
import io.arclight.nn.LazyConv3d;
import io.arclight.nn.LazyConvTranspose1d;
import io.arclight.nn.LazyConvTranspose2d;
import io.arclight.nn.LazyConvTranspose3d;
import io.arclight.nn.LazyInstanceNorm1d;
import io.arclight.nn.LazyInstanceNorm2d;
import io.arclight.nn.LazyInstanceNorm3d;
import io.arclight.nn.LazyLinear;
import io.arclight.nn.LeakyReLU;
import io.arclight.nn.Linear;
import io.arclight.nn.LocalResponseNorm;
import io.arclight.nn.LogSigmoid;
import io.arclight.nn.LogSoftmax;
import io.arclight.nn.MaxPool1d;
import io.arclight.nn.MaxPool2d;
import io.arclight.nn.MaxPool3d;
import io.arclight.nn.MaxUnpool;
import io.arclight.nn.MaxUnpool1d;
import io.arclight.nn.MaxUnpool2d;
import io.arclight.nn.MaxUnpool3d;
import io.arclight.nn.Mish;
import io.arclight.nn.ModuleDict;
import io.arclight.nn.ModuleList;
import io.arclight.nn.PReLU;
import io.arclight.nn.PadMode;
import io.arclight.nn.Padding;
import io.arclight.nn.PairwiseDistance;
import io.arclight.nn.ParameterDict;
import io.arclight.nn.ParameterList;
import io.arclight.nn.PixelShuffle;
import io.arclight.nn.PixelUnshuffle;
import io.arclight.nn.PoolOptions;
import io.arclight.nn.Pooled;
import io.arclight.nn.RMSNorm;
import io.arclight.nn.RReLU;
import io.arclight.nn.ReLU;
import io.arclight.nn.ReLU6;
import io.arclight.nn.ReflectionPad1d;
import io.arclight.nn.ReflectionPad2d;
import io.arclight.nn.ReflectionPad3d;
import io.arclight.nn.ReplicationPad1d;
import io.arclight.nn.ReplicationPad2d;
import io.arclight.nn.ReplicationPad3d;
import io.arclight.nn.SELU;
import io.arclight.nn.Sequential;
import io.arclight.nn.SiLU;
import io.arclight.nn.Sigmoid;
import io.arclight.nn.Softmax;
import io.arclight.nn.Softmax2d;
import io.arclight.nn.Softmin;
import io.arclight.nn.Softplus;
import io.arclight.nn.Softshrink;
import io.arclight.nn.Softsign;
import io.arclight.nn.Tanh;
import io.arclight.nn.Tanhshrink;
import io.arclight.nn.Threshold;
import io.arclight.nn.Unflatten;
import io.arclight.nn.Unfold;
import io.arclight.nn.Upsample;
import io.arclight.nn.UpsamplingBilinear2d;
import io.arclight.nn.UpsamplingNearest2d;
import io.arclight.nn.ZeroPad1d;
import io.arclight.nn.ZeroPad2d;
import io.arclight.nn.ZeroPad3d;
import io.arclight.nn.utils.Parametrizations;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A case or more for every module of {@code io.arclight.nn}. */
final class ServedLayers {
  private ServedLayers() {}

  static List<ServedCase<?>> all() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.addAll(activations());
    out.addAll(linear());
    out.addAll(convolutions());
    out.addAll(pooling());
    out.addAll(padding());
    out.addAll(norms());
    out.addAll(ServedSequences.all());
    out.addAll(images());
    out.addAll(containers());
    return out;
  }

  @SafeVarargs
  private static List<ServedCase<?>> on(Input input, Supplier<? extends Layer>... layers) {
    List<ServedCase<?>> out = new ArrayList<>();
    for (Supplier<? extends Layer> create : layers) {
      out.add(layer(create::get, input));
    }
    return out;
  }

  private static List<ServedCase<?>> activations() {
    return on(
        floats(4, 6, 2),
        CELU::new,
        ELU::new,
        GELU::new,
        GLU::new,
        Hardshrink::new,
        Hardsigmoid::new,
        Hardswish::new,
        Hardtanh::new,
        Identity::new,
        LeakyReLU::new,
        LogSigmoid::new,
        () -> new LogSoftmax(-1),
        () -> new LogSoftmax(1),
        Mish::new,
        PReLU::new,
        () -> new PReLU(4),
        RReLU::new,
        ReLU::new,
        ReLU6::new,
        SELU::new,
        SiLU::new,
        Sigmoid::new,
        () -> new Softmax(-1),
        () -> new Softmax(2),
        Softmax2d::new,
        () -> new Softmin(1),
        Softplus::new,
        Softshrink::new,
        Softsign::new,
        Tanh::new,
        Tanhshrink::new,
        () -> new Threshold(0.1, 20),
        AlphaDropout::new,
        Dropout::new,
        Dropout2d::new,
        FeatureAlphaDropout::new);
  }

  private static List<ServedCase<?>> linear() {
    return List.of(
        layer(() -> new Linear(6, 5), floats(6)),
        layer(() -> new Linear(6, 5).noBias(), floats(2, 6)),
        layer(() -> new LazyLinear(5), floats(6)),
        module(() -> new Bilinear(3, 4, 5), (m, in) -> m.call(in[0], in[1]), floats(3), floats(4)),
        module(CosineSimilarity::new, (m, in) -> m.call(in[0], in[1]), floats(4), floats(4)),
        module(PairwiseDistance::new, (m, in) -> m.call(in[0], in[1]), floats(4), floats(4)),
        module(
            () -> new AdaptiveLogSoftmaxWithLoss(6, 12, 4, 8),
            (m, in) -> m.logProb(in[0]),
            floats(6)));
  }

  private static List<ServedCase<?>> convolutions() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.addAll(
        on(
            floats(4, 9),
            () -> new Conv1d(4, 6, 3).padding(1),
            () -> new LazyConv1d(6, 3),
            () -> new ConvTranspose1d(4, 6, 3),
            () -> new LazyConvTranspose1d(6, 3),
            Dropout1d::new));
    out.addAll(
        on(
            floats(4, 9, 8),
            () -> new Conv2d(4, 6, 3),
            () -> new Conv2d(4, 6, 3).groups(2).stride(2).dilation(2).padding(2),
            () -> new Conv2d(4, 6, 3).padding(Padding.SAME).paddingMode(PadMode.REFLECT),
            () -> new LazyConv2d(6, 3),
            () -> new ConvTranspose2d(4, 6, 3).stride(2).outputPadding(1),
            () -> new LazyConvTranspose2d(6, 3),
            () -> new Unfold(3).padding(1).stride(2)));
    out.addAll(
        on(
            floats(2, 5, 4, 6),
            () -> new Conv3d(2, 3, 3).padding(1),
            () -> new LazyConv3d(3, 3),
            () -> new ConvTranspose3d(2, 3, 2),
            () -> new LazyConvTranspose3d(3, 2),
            Dropout3d::new));
    out.add(layer(() -> new Fold(Shape.of(4, 5), 2, 2), floats(8, 12)));
    out.add(
        module(
            () -> new ConvTranspose2d(4, 6, 3).stride(2),
            (m, in) -> m.call(in[0], Shape.of(10, 9)),
            floats(4, 4, 4)));
    return out;
  }

  private static List<ServedCase<?>> pooling() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.addAll(
        on(
            floats(3, 8),
            () -> new MaxPool1d(2),
            () -> new AvgPool1d(3).padding(1),
            () -> new AdaptiveAvgPool1d(3),
            () -> new AdaptiveMaxPool1d(3),
            () -> new LPPool1d(2, 2)));
    out.addAll(
        on(
            floats(3, 8, 6),
            () -> new MaxPool2d(3).stride(2).padding(1).ceilMode(),
            () -> new AvgPool2d(2),
            () -> new AdaptiveAvgPool2d(3, 1),
            () -> new AdaptiveMaxPool2d(3, 5),
            () -> new LPPool2d(3, 2)));
    out.addAll(
        on(
            floats(3, 4, 6, 4),
            () -> new MaxPool3d(2),
            () -> new AvgPool3d(2),
            () -> new AdaptiveAvgPool3d(3, 1, 2),
            () -> new AdaptiveMaxPool3d(2),
            () -> new LPPool3d(2, 2)));
    out.add(unpooled(() -> new MaxUnpool1d(2), Functional::maxPool1dWithIndices, floats(3, 8)));
    out.add(unpooled(() -> new MaxUnpool2d(2), Functional::maxPool2dWithIndices, floats(3, 8, 6)));
    out.add(
        unpooled(() -> new MaxUnpool3d(2), Functional::maxPool3dWithIndices, floats(3, 4, 6, 4)));
    out.add(
        module(
            () -> new FractionalMaxPool2d(2).outputSize(3, 4),
            (m, in) -> m.samples(in[1].sigmoid()).call(in[0]),
            floats(3, 8, 7),
            floats(3, 2)));
    out.add(
        module(
            () -> new FractionalMaxPool3d(2).outputRatio(0.5),
            (m, in) -> m.samples(in[1].sigmoid()).call(in[0]),
            floats(3, 8, 6, 7),
            floats(3, 3)));
    return out;
  }

  private interface PoolingFunction {
    Pooled apply(Tensor input, PoolOptions options);
  }

  private static <M extends MaxUnpool<M>> ServedCase<M> unpooled(
      Supplier<M> create, PoolingFunction pool, Input input) {
    return module(
        create,
        (m, in) -> {
          Pooled pooled = pool.apply(in[0], PoolOptions.of(2));
          return m.call(pooled.values(), pooled.indices());
        },
        input);
  }

  private static List<ServedCase<?>> padding() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.addAll(
        on(
            floats(3, 6),
            () -> new ConstantPad1d(2, 0.5),
            () -> new ReflectionPad1d(2),
            () -> new ReplicationPad1d(2),
            () -> new CircularPad1d(2),
            () -> new ZeroPad1d(2)));
    out.addAll(
        on(
            floats(3, 6, 5),
            () -> new ConstantPad2d(2, 0.5),
            () -> new ReflectionPad2d(2),
            () -> new ReplicationPad2d(2),
            () -> new CircularPad2d(2),
            () -> new ZeroPad2d(1, 0, 2, 1)));
    out.addAll(
        on(
            floats(3, 6, 5, 4),
            () -> new ConstantPad3d(2, 0.5),
            () -> new ReflectionPad3d(2),
            () -> new ReplicationPad3d(2),
            () -> new CircularPad3d(2),
            () -> new ZeroPad3d(2)));
    return out;
  }

  private static List<ServedCase<?>> norms() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.addAll(
        on(
            floats(4, 6),
            () -> new BatchNorm1d(4),
            LazyBatchNorm1d::new,
            () -> new InstanceNorm1d(4).affine(),
            LazyInstanceNorm1d::new,
            () -> new LayerNorm(6),
            () -> new LayerNorm(4, 6),
            () -> new RMSNorm(6),
            () -> new GroupNorm(2, 4)));
    out.addAll(
        on(
            floats(4, 6, 5),
            () -> new BatchNorm2d(4),
            LazyBatchNorm2d::new,
            () -> new InstanceNorm2d(4).trackRunningStats(),
            LazyInstanceNorm2d::new,
            () -> new GroupNorm(4, 4),
            () -> new LocalResponseNorm(3),
            () -> new CrossMapLRN2d(3)));
    out.addAll(
        on(
            floats(4, 3, 2, 5),
            () -> new BatchNorm3d(4),
            LazyBatchNorm3d::new,
            () -> new InstanceNorm3d(4),
            LazyInstanceNorm3d::new));
    return out;
  }

  private static List<ServedCase<?>> images() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.addAll(
        on(
            floats(8, 6, 4),
            () -> new PixelShuffle(2),
            () -> new PixelUnshuffle(2),
            () -> new ChannelShuffle(4),
            () -> UpsamplingNearest2d.scaleFactor(2),
            () -> UpsamplingBilinear2d.size(7, 9)));
    for (Mode mode :
        List.of(Mode.NEAREST, Mode.NEAREST_EXACT, Mode.AREA, Mode.BILINEAR, Mode.BICUBIC)) {
      out.add(
          layer(
              () -> new Upsample(InterpolateOptions.scaleFactor(1.5, 0.5).mode(mode)),
              floats(2, 6, 4)));
    }
    out.add(
        layer(
            () -> new Upsample(InterpolateOptions.size(3, 5, 7).mode(Mode.TRILINEAR)),
            floats(2, 6, 4, 3)));
    return out;
  }

  private static List<ServedCase<?>> containers() {
    return List.of(
        layer(Flatten::new, floats(2, 3)),
        layer(() -> new Flatten(2), floats(2, 3, 4)),
        layer(() -> new Unflatten(1, 2, 3), floats(6)),
        layer(() -> new Sequential(new Linear(3, 4), new ReLU(), new Dropout()), floats(3)),
        module(
            () -> new ModuleList<Layer>(new Linear(3, 4), new Linear(4, 2)),
            (m, in) -> m.get(1).call(m.get(0).call(in[0])),
            floats(3)),
        module(
            () -> new ModuleDict<>(Map.of("one", new Linear(3, 4))),
            (m, in) -> m.get("one").call(in[0]),
            floats(3)),
        module(
            () -> new ParameterList(Tensor.randn(Shape.of(3, 4))),
            (m, in) -> in[0].matmul(m.get(0)),
            floats(3)),
        module(
            () -> new ParameterDict(Map.of("w", Tensor.randn(Shape.of(3, 4)))),
            (m, in) -> in[0].matmul(m.get("w")),
            floats(3)),
        layer(() -> Parametrizations.spectralNorm(new Linear(3, 4)), floats(3)),
        layer(() -> Parametrizations.orthogonal(new Linear(3, 4)), floats(3)),
        layer(() -> Parametrizations.weightNorm(new Linear(3, 4)), floats(3)));
  }
}
