package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Normalisation against PyTorch ({@code it/oracle/norm.py}). */
@Timeout(60)
class NormGoldenTest {
  private static final Golden GOLDEN = Golden.read(NormGoldenTest.class, "norm.safetensors");

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

  /** In training, in evaluation, with the channels last in memory, and as a program. */
  private void both(String name, Supplier<? extends Layer> layer) throws IOException {
    GOLDEN.check(name, layer.get());
    GOLDEN.check(name + " eval", (Layer) layer.get().eval());
    Layer last = layer.get();
    GOLDEN.check(name, last, in -> new Tensor[] {channelsLast(last, in[0])});
    GOLDEN.traces(name + " eval", layer.get(), folder.resolve(name));
  }

  private static Tensor channelsLast(Layer layer, Tensor x) {
    Tensor in = x.movedim(1, -1).contiguous().movedim(-1, 1);
    Tensor out = layer.call(in);
    if (x.rank() > 2) {
      assertThat(out.layout().strides()).isEqualTo(in.layout().strides());
    }
    return out;
  }

  @Test
  void batchNorm() throws IOException {
    both("batch norm 1d", () -> new BatchNorm1d(3));
    both("batch norm 1d length", () -> new BatchNorm1d(3).eps(1e-3).momentum(0.4));
    both("batch norm 2d", () -> new BatchNorm2d(4));
    both("batch norm 2d large", () -> new BatchNorm2d(2));
    both("batch norm 3d", () -> new BatchNorm3d(4));
    both("batch norm no affine", () -> new BatchNorm2d(4).noAffine());
    both("batch norm no bias", () -> new BatchNorm2d(4).noBias());
    GOLDEN.check("batch norm cumulative", new BatchNorm2d(4).cumulative());
    GOLDEN.check("batch norm empty", new BatchNorm2d(3));
  }

  @Test
  void batchNormWithoutTracking() {
    GOLDEN.check("batch norm no tracking", new BatchNorm2d(4).noTracking());
    GOLDEN.check("batch norm no tracking eval", (Layer) new BatchNorm2d(4).noTracking().eval());
    GOLDEN.check("batch norm plain", new BatchNorm2d(4).noAffine().noTracking());
    GOLDEN.check(
        "batch norm plain eval", (Layer) new BatchNorm2d(4).noTracking().noAffine().eval());
  }

  @Test
  void groupNorm() throws IOException {
    both("group norm", () -> new GroupNorm(2, 4));
    GOLDEN.check("group norm one", new GroupNorm(1, 4).eps(1e-2));
    GOLDEN.check("group norm each", new GroupNorm(4, 4).noAffine());
    GOLDEN.check("group norm no bias", new GroupNorm(2, 4).noBias());
  }

  @Test
  void instanceNorm() throws IOException {
    both("instance norm 1d", () -> new InstanceNorm1d(3));
    both("instance norm 1d affine", () -> new InstanceNorm1d(3).affine().eps(1e-3));
    both("instance norm 2d", () -> new InstanceNorm2d(4).affine().trackRunningStats());
    both(
        "instance norm 2d tracking", () -> new InstanceNorm2d(4).momentum(0.3).trackRunningStats());
    GOLDEN.check("instance norm 2d one", new InstanceNorm2d(4).affine());
    GOLDEN.check("instance norm 3d", new InstanceNorm3d(4).affineWithoutBias());
  }

  @Test
  void layerNorm() throws IOException {
    GOLDEN.check("layer norm", new LayerNorm(6));
    GOLDEN.check("layer norm several", new LayerNorm(5, 6).eps(1e-3));
    GOLDEN.traces("layer norm several", new LayerNorm(5, 6).eps(1e-3), folder);
    GOLDEN.check("layer norm no bias", new LayerNorm(4, 5, 6).noBias());
    GOLDEN.check("layer norm plain", new LayerNorm(6).noElementwiseAffine());
  }

  @Test
  void rmsNorm() throws IOException {
    GOLDEN.check("rms norm", new RMSNorm(6));
    GOLDEN.check("rms norm several", new RMSNorm(5, 6).eps(1e-3));
    GOLDEN.traces("rms norm several", new RMSNorm(5, 6).eps(1e-3), folder);
    GOLDEN.check("rms norm plain", new RMSNorm(6).noElementwiseAffine());
  }

  @Test
  void responseNorm() throws IOException {
    GOLDEN.check("response norm", new LocalResponseNorm(3));
    GOLDEN.traces("response norm", new LocalResponseNorm(3), folder.resolve("lrn"));
    GOLDEN.check("response norm even", new LocalResponseNorm(4).alpha(0.3).beta(0.5).k(2));
    GOLDEN.check("response norm line", new LocalResponseNorm(2).alpha(0.2));
    GOLDEN.check("cross map", new CrossMapLRN2d(3).alpha(0.5).beta(0.7).k(1.5));
    GOLDEN.check("cross map even", new CrossMapLRN2d(4).alpha(0.5));
    GOLDEN.traces("cross map", new CrossMapLRN2d(3).alpha(0.5), folder.resolve("cross"));
  }

  @Test
  void functions() {
    GOLDEN.check("normalize", in -> new Tensor[] {Functional.normalize(in[0])});
    GOLDEN.check("normalize p", in -> new Tensor[] {Functional.normalize(in[0], 1.5, -1, 1e-3)});
    GOLDEN.check("normalize zero", in -> new Tensor[] {Functional.normalize(in[0], 2, 0, 1e-12)});
    GOLDEN.check(
        "batch norm function",
        in ->
            new Tensor[] {
              Functional.batchNorm(
                  in[0], null, null, in[1], in[2], NormOptions.training().eps(1e-3))
            });
    GOLDEN.check(
        "batch norm running",
        in ->
            new Tensor[] {
              Functional.batchNorm(
                  in[0], in[1].detach(), in[2].detach(), in[3], null, NormOptions.evaluation())
            });
  }

  @Test
  void prints() {
    assertThat(new BatchNorm2d(3))
        .hasToString(
            "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, bias=True,"
                + " track_running_stats=True)");
    assertThat(new BatchNorm1d(3).cumulative().noAffine().noTracking())
        .hasToString(
            "BatchNorm1d(3, eps=1e-05, momentum=None, affine=False, bias=False,"
                + " track_running_stats=False)");
    assertThat(new InstanceNorm2d(3))
        .hasToString(
            "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, bias=False,"
                + " track_running_stats=False)");
    assertThat(new GroupNorm(2, 4))
        .hasToString("GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)");
    assertThat(new LayerNorm(4).noBias())
        .hasToString("LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=False)");
    assertThat(new RMSNorm(3, 4)).hasToString("RMSNorm((3, 4), eps=None, elementwise_affine=True)");
    assertThat(new LocalResponseNorm(2))
        .hasToString("LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)");
    assertThat(new CrossMapLRN2d(3)).hasToString("CrossMapLRN2d(3, alpha=0.0001, beta=0.75, k=1)");
  }

  @Test
  void errors() {
    assertThatThrownBy(() -> new BatchNorm2d(3).call(Tensor.ones(Shape.of(1, 3, 1, 1))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("one value per channel has no variance");
    assertThatThrownBy(() -> new BatchNorm2d(3).call(Tensor.ones(Shape.of(2, 3))))
        .isInstanceOf(ShapeException.class)
        .hasMessage("BatchNorm2d: expects an input of 4 dimensions, got shape [2, 3]");
    assertThatThrownBy(() -> new BatchNorm1d(3).call(Tensor.ones(Shape.of(2, 4))))
        .isInstanceOf(ShapeException.class)
        .hasMessage("BatchNorm1d: expects 3 channels in dimension 1, got shape [2, 4]");
    assertThatThrownBy(() -> new InstanceNorm2d(3).call(Tensor.ones(Shape.of(1, 3, 1, 1))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("a channel of one element has no variance");
    assertThatThrownBy(() -> new GroupNorm(3, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 channels cannot be divided into 3 groups");
    assertThatThrownBy(() -> new BatchNorm2d(3).eps(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("BatchNorm2d: eps must be positive, not 0.0");
    assertThatThrownBy(() -> new LayerNorm(4).call(Tensor.ones(Shape.of(2, 3))))
        .isInstanceOf(ShapeException.class)
        .hasMessage("layerNorm: expects trailing dimensions [4], got shape [2, 3]");
    assertThatThrownBy(() -> new LocalResponseNorm(2).call(Tensor.ones(Shape.of(2, 3))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("at least 3 dimensions");
  }
}
