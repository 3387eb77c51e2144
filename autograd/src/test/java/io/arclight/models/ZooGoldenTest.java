package io.arclight.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.autograd.Autograd;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.nn.Golden;
import io.arclight.nn.Layer;
import io.arclight.nn.Module;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The model zoo against torchvision and PyTorch ({@code it/oracle/zoo.py}). */
@Timeout(120)
class ZooGoldenTest {
  private static final Golden GOLDEN = Golden.read(ZooGoldenTest.class, "zoo.safetensors");
  private static final long[] CATEGORIES = {3, 5};

  /** Those that also run as saved programs. */
  private static final Set<String> SERVED =
      Set.of("lenet", "mobilenet_v2 half", "efficientnet_b0", "unet");

  @TempDir private Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @AfterAll
  static void complete() {
    GOLDEN.close();
  }

  private static Map<String, Supplier<Layer>> layers() {
    Map<String, Supplier<Layer>> out = new LinkedHashMap<>();
    out.put("lenet", LeNet::new);
    out.put("resnet18", () -> ResNet.resnet18(5));
    out.put("resnet34", () -> ResNet.resnet34(5));
    out.put("resnet50", () -> ResNet.resnet50(5));
    out.put("mobilenet_v2", () -> new MobileNetV2(5));
    out.put("mobilenet_v2 half", () -> new MobileNetV2(5, 0.5));
    out.put("efficientnet_b0", () -> EfficientNet.b0(5));
    out.put("unet", () -> new UNet(2, 3, 4, 2));
    out.put("dcgan generator", () -> new Dcgan.Generator(5, 4, 1, 32));
    out.put("dcgan discriminator", () -> new Dcgan.Discriminator(4, 1, 32));
    return out;
  }

  /** Those that PyTorch ran in training mode. */
  private static boolean trains(String name) {
    return name.matches("lenet|resnet18|unet|dcgan.*");
  }

  static Iterable<String> names() {
    return layers().keySet();
  }

  @ParameterizedTest
  @MethodSource("names")
  void images(String name) throws IOException {
    Layer model = layers().get(name).get();
    if (!trains(name)) {
      model.eval();
    }
    // Float32 through dozens of layers.
    GOLDEN.tolerance(2e-4).checkModel(name, model);
    if (SERVED.contains(name)) {
      GOLDEN.tolerance(1e-4).traces(name, model, folder);
    }
  }

  /** The larger ones are built as these are: saving all their weights proves nothing more. */
  @Test
  void aResidualNetworkIsServedAsAProgram() {
    ResNet net = ResNet.small(4, 1, 10);
    net.eval();
    Tensor x = Tensor.rand(Shape.of(5, 3, 32, 32));
    try (Program program = Program.trace(net, Signature.of("x", Shape.of(3, 32, 32)))) {
      Tensor out = program.run(Map.of("x", x)).get(Program.OUTPUT);
      assertThat(out.sub(net.call(x)).abs().max().item()).isLessThan(1e-5);
    }
  }

  /** Programs take normalisations into the layers before them: of statistics as after training. */
  @ParameterizedTest
  @MethodSource("names")
  void programsGiveWhatTheirModelsGive(String name) {
    Layer model = layers().get(name).get();
    model
        .namedBuffers()
        .forEach(
            (key, buffer) -> {
              if (key.endsWith("running_mean")) {
                buffer.copyInPlace(Tensor.randn(buffer.shape()).mul(0.1));
              } else if (key.endsWith("running_var")) {
                buffer.copyInPlace(Tensor.rand(buffer.shape()).add(0.5));
              }
            });
    model.eval();
    long[] shape = GOLDEN.inputs(name)[0].shape().toArray();
    Tensor x = Tensor.randn(Shape.of(shape));
    long[] row = Arrays.copyOfRange(shape, 1, shape.length);
    try (Program program = Program.trace(model, Signature.of("x", Shape.of(row)));
        Context.Restore mode = Autograd.noGrad()) {
      Tensor out = program.run(Map.of("x", x)).get(Program.OUTPUT);
      Tensor expected = model.call(x);
      double most = expected.abs().max().item();
      assertThat(out.sub(expected).abs().max().item()).isLessThan(1e-4 * Math.max(1, most));
    }
  }

  @Test
  void vae() {
    Vae vae = new Vae(12, 9, 4);
    vae.eval();
    GOLDEN.checkModel(
        "vae",
        vae,
        in -> {
          Vae.Output out = vae.call(in[0]);
          Tensor loss = vae.loss(in[0], out);
          return new Tensor[] {out.logits(), out.mean(), out.logVariance(), loss};
        });
    vae.train();
    Tensor x = Tensor.rand(Shape.of(2, 12));
    assertThat(vae.call(x).logits().toFloats()).isNotEqualTo(vae.call(x).logits().toFloats());
    assertThat(vae.decode(Tensor.randn(Shape.of(3, 4))).shape()).isEqualTo(Shape.of(3, 12));
  }

  /** Models of numbers and categories. */
  private interface Tabular {
    Tensor call(Tensor numbers, Tensor categories);
  }

  private static void tabular(String name, Module model, Tabular call) {
    model.eval();
    GOLDEN.checkModel(name, model, in -> new Tensor[] {call.call(in[0], in[1])});
  }

  @Test
  void tables() {
    TabularMlp mlp = new TabularMlp(2, CATEGORIES, 3, 8, 2);
    tabular("tabular mlp", mlp, mlp::call);
    WideAndDeep wide = new WideAndDeep(2, CATEGORIES, 3, 8);
    tabular("wide and deep", wide, wide::call);
    DeepFm fm = new DeepFm(2, CATEGORIES, 3, 8);
    tabular("deepfm", fm, fm::call);
    Dlrm dlrm = new Dlrm(2, CATEGORIES, 3, new long[] {6}, new long[] {7});
    tabular("dlrm", dlrm, dlrm::call);
  }

  @Test
  void aHeadIsReplaced() {
    ResNet net = ResNet.small(4, 1, 10);
    net.requiresGrad(false);
    net.replaceHead(3);
    assertThat(net.namedParameters().get("fc.weight").shape()).isEqualTo(Shape.of(3, 32));
    assertThat(net.parameters().stream().filter(Tensor::requiresGrad)).hasSize(2);
    assertThat(net.call(Tensor.rand(Shape.of(2, 3, 32, 32))).shape()).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void stochasticDepthLeavesSamplesOut() {
    StochasticDepth depth = new StochasticDepth(0.5);
    Tensor x = Tensor.ones(Shape.of(100, 2, 3));
    float[] sums = depth.call(x).sum(2).sum(1).toFloats();
    assertThat(sums).contains(0f).contains(12f);
    for (float sum : sums) {
      assertThat(sum).isIn(0f, 12f);
    }
    depth.eval();
    assertThat(depth.call(x)).isSameAs(x);
  }

  @Test
  void audio() {
    AudioCnn net = new AudioCnn(8000, 10);
    Tensor waves = Tensor.rand(Shape.of(2, 4000)).mul(2).sub(1);
    assertThat(net.call(waves).shape()).isEqualTo(Shape.of(2, 10));
    assertThatThrownBy(() -> net.call(Tensor.rand(Shape.of(2, 100))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("more than 128 samples, got [2, 100]");
  }

  @Test
  void refusals() {
    assertThatThrownBy(() -> new UNet(2, 3, 4, 2).call(Tensor.rand(Shape.of(1, 2, 6, 8))))
        .hasMessageContaining("multiples of 4, got [1, 2, 6, 8]");
    assertThatThrownBy(() -> new Dcgan.Generator(5, 4, 1, 28)).hasMessageContaining("not 28");
    assertThatThrownBy(() -> new TabularMlp(2, new long[0], 3, 1))
        .hasMessageContaining("no categorical columns");
    assertThatThrownBy(
            () ->
                new TabularMlp(2, CATEGORIES, 3, 1)
                    .call(Tensor.rand(Shape.of(4, 2)), Tensor.of(1L, 2).unsqueeze(0)))
        .isInstanceOf(RuntimeException.class);
  }
}
