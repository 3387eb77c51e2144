package io.arclight.nn.utils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv1d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.ConvTranspose2d;
import io.arclight.nn.Fusion;
import io.arclight.nn.Golden;
import io.arclight.nn.Layer;
import io.arclight.nn.LazyBatchNorm1d;
import io.arclight.nn.LazyBatchNorm2d;
import io.arclight.nn.LazyConv1d;
import io.arclight.nn.LazyConv2d;
import io.arclight.nn.LazyConvTranspose2d;
import io.arclight.nn.LazyLinear;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Parametrizations, pruning and norms against PyTorch ({@code it/oracle/utils.py}). */
@Timeout(60)
class UtilsGoldenTest {
  private static final Golden GOLDEN = Golden.read(UtilsGoldenTest.class, "utils.safetensors");

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

  private static Linear linear() {
    return new Linear(4, 3);
  }

  @Test
  void weightNorm() throws IOException {
    GOLDEN.check("weight norm", Parametrizations.weightNorm(linear()));
    GOLDEN.check("weight norm dim 1", Parametrizations.weightNorm(linear(), "weight", 1));
    GOLDEN.check("weight norm of all", Parametrizations.weightNormOfAll(linear(), "weight"));
    // The gradient of a direction of one element is zero: only rounding is left.
    GOLDEN
        .tolerance(1e-3)
        .check("weight norm of the bias", Parametrizations.weightNorm(linear(), "bias", 0));
    GOLDEN.tolerance(1e-5);
    GOLDEN.traces("weight norm", Parametrizations.weightNorm(linear()), folder);
  }

  @Test
  void spectralNorm() throws IOException {
    GOLDEN.check("spectral norm", Parametrizations.spectralNorm(linear()));
    Linear still = Parametrizations.spectralNorm(linear(), "weight", 2, 1e-12, 1);
    still.eval();
    GOLDEN.check("spectral norm eval", still);
    GOLDEN.check(
        "spectral norm of the bias", Parametrizations.spectralNorm(linear(), "bias", 1, 1e-12, 0));
    GOLDEN.check("two", Parametrizations.spectralNorm(Parametrizations.weightNorm(linear())));
    GOLDEN.traces("spectral norm eval", still, folder);
  }

  @Test
  void orthogonal() {
    Map<String, Integer> sizes = Map.of("square", 4, "tall", 6, "wide", 3);
    for (Orthogonal.Map map : Orthogonal.Map.values()) {
      sizes.forEach(
          (name, out) -> {
            String which = "orthogonal " + name + " " + map.name().toLowerCase(Locale.ROOT);
            GOLDEN.check(
                which + " trivialized",
                Parametrizations.orthogonal(
                    new Linear(4, out), "weight", map, Orthogonal.Trivialization.USED));
            GOLDEN.check(
                which + " plain",
                Parametrizations.orthogonal(
                    new Linear(4, out), "weight", map, Orthogonal.Trivialization.UNUSED));
          });
    }
  }

  /** What pruning leaves must be what PyTorch's leaves, and the names. */
  private static void same(String name, Module module) {
    Map<String, Tensor> expected = GOLDEN.part(name, "state");
    Map<String, Tensor> actual = module.stateDict();
    assertThat(actual.keySet()).as(name).isEqualTo(expected.keySet());
    expected.forEach(
        (key, t) ->
            assertThat(actual.get(key).toFloats()).as(name + " " + key).isEqualTo(t.toFloats()));
    GOLDEN.check(name, in -> new Tensor[] {((Layer) module).call(in[0])});
  }

  @Test
  void prunes() {
    Linear m = new Linear(4, 6);
    GOLDEN.check("prune start", m);
    Prune.l1Unstructured(m, "weight", Prune.Amount.share(0.3));
    same("prune l1", m);
    Prune.lnStructured(m, "weight", Prune.Amount.count(2), 2, 0);
    same("prune ln", m);
    Prune.l1Unstructured(m, "weight", Prune.Amount.count(3));
    same("prune again", m);
    Prune.l1Unstructured(m, "bias", Prune.Amount.share(0.5));
    Prune.lnStructured(m, "weight", Prune.Amount.share(0.25), Double.POSITIVE_INFINITY, 1);
    same("prune columns", m);
    GOLDEN.check("prune columns", m);
  }

  @Test
  void prunesAllAtOnce() {
    Sequential two = new Sequential(new Linear(4, 6), new Linear(6, 2));
    GOLDEN.check("global start", two);
    Prune.globalUnstructured(
        List.of(
            new Prune.Place(two.get(0), "weight"),
            new Prune.Place(two.get(1), "weight"),
            new Prune.Place(two.get(1), "bias")),
        Prune.Choice.SMALLEST,
        Prune.Amount.share(0.4));
    same("global", two);
  }

  private static Sequential pair(Layer layer, Layer norm) {
    Sequential out = new Sequential(layer, norm);
    out.eval();
    return out;
  }

  private static void fused(String name, Sequential pair, Runnable fuse) {
    GOLDEN.check(name, pair);
    fuse.run();
    GOLDEN.tolerance(1e-4).check(name, in -> new Tensor[] {pair.get(0).call(in[0])});
    GOLDEN.tolerance(1e-5);
  }

  @Test
  void fusesNorms() {
    Conv2d conv = new Conv2d(4, 6, 3).stride(2).padding(1).groups(2);
    BatchNorm2d norm = new BatchNorm2d(6);
    fused("fuse conv", pair(conv, norm), () -> Fusion.fuseConvBnEval(conv, norm));
    Conv1d plain = new Conv1d(2, 3, 2).noBias();
    BatchNorm1d norm1 = new BatchNorm1d(3).eps(0.1);
    fused("fuse conv no bias", pair(plain, norm1), () -> Fusion.fuseConvBnEval(plain, norm1));
    ConvTranspose2d back = new ConvTranspose2d(4, 6, 3).groups(2);
    BatchNorm2d norm2 = new BatchNorm2d(6);
    fused("fuse transposed", pair(back, norm2), () -> Fusion.fuseConvBnEval(back, norm2));
    Linear linear = new Linear(4, 3).noBias();
    BatchNorm1d norm3 = new BatchNorm1d(3);
    fused("fuse linear", pair(linear, norm3), () -> Fusion.fuseLinearBnEval(linear, norm3));
    assertThat(linear.parameters()).hasSize(2);
    assertThatThrownBy(() -> Fusion.fuseConvBnEval(new Conv2d(1, 1, 1), new BatchNorm2d(1)))
        .hasMessage("fusing Conv2d and BatchNorm2d: both must be in evaluation mode; call eval()");
    norm3.eval();
    linear.eval();
    BatchNorm1d four = new BatchNorm1d(4);
    four.eval();
    assertThatThrownBy(() -> Fusion.fuseLinearBnEval(linear, four))
        .hasMessageEndingWith("the layer gives 3 channels, the norm takes 4");
  }

  /** PyTorch's states tell lazy layers their sizes. */
  @Test
  void lazyLayersTakePyTorchsStates() {
    GOLDEN.check(
        "fuse conv",
        pair(new LazyConv2d(6, c -> c.stride(2).padding(1).groups(2), 3), new LazyBatchNorm2d()));
    GOLDEN.check(
        "fuse conv no bias",
        pair(new LazyConv1d(3, Conv1d::noBias, 2), new LazyBatchNorm1d(n -> n.eps(0.1))));
    GOLDEN.check(
        "fuse transposed",
        pair(new LazyConvTranspose2d(6, c -> c.groups(2), 3), new LazyBatchNorm2d()));
    GOLDEN.check("fuse linear", pair(new LazyLinear(3, Linear::noBias), new LazyBatchNorm1d()));
  }

  @Test
  void norms() {
    Map<String, Double> orders = new LinkedHashMap<>();
    for (double order : new double[] {0.5, 1, 2, 3, 0}) {
      orders.put(Double.toString(order), order);
    }
    orders.put("inf", Double.POSITIVE_INFINITY);
    orders.put("-inf", Double.NEGATIVE_INFINITY);
    orders.forEach(
        (name, order) ->
            GOLDEN.check(
                "total norm " + name,
                in ->
                    new Tensor[] {
                      ClipGrad.totalNorm(List.of(in), order, ClipGrad.NonFinite.KEEP)
                    }));
    GOLDEN.check(
        "clip",
        in -> {
          List<Tensor> parameters = List.of(in).stream().map(UtilsGoldenTest::withGrad).toList();
          Tensor total = ClipGrad.clipGradNorm(parameters, 0.7, 3);
          return new Tensor[] {
            total, parameters.get(0).grad(), parameters.get(1).grad(), parameters.get(2).grad()
          };
        });
  }

  private static Tensor withGrad(Tensor grad) {
    Tensor out = grad.detach().zerosLike().requiresGrad(true);
    out.grad(grad.detach().copy());
    return out;
  }
}
