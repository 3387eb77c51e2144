package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.amp.Autocast;
import io.arclight.amp.GradScaler;
import io.arclight.export.TorchFile;
import io.arclight.models.Mlp;
import io.arclight.nn.utils.ClipGrad;
import io.arclight.nn.utils.Parametrization;
import io.arclight.nn.utils.Parametrizations;
import io.arclight.nn.utils.Parametrize;
import io.arclight.nn.utils.Prune;
import io.arclight.optim.AveragedModel;
import io.arclight.optim.OptimizerState;
import io.arclight.optim.SGD;
import io.arclight.optim.SWALR;
import io.arclight.tensor.DType;
import io.arclight.tensor.PageExamples;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of {@code docs/modules.md}: they stand here, run, and are those of the page. */
@Timeout(60)
class ModulesPageTest {
  private static final Path PAGE = Path.of("..", "docs", "modules.md");
  private static final Path HERE =
      Path.of("src", "test", "java", "io", "arclight", "nn", "ModulesPageTest.java");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void thePageHasTheseExamples() throws IOException {
    assertThat(PageExamples.requireIn(PAGE, HERE)).isGreaterThan(8);
  }

  @Test
  void modules() {
    final class Gated extends Layer {
      private final Linear fc = register("fc", new Linear(4, 4));
      private final Tensor gain = register("gain", Tensor.ones(Shape.of(4)));
      private final Tensor mask =
          registerBuffer("mask", Tensor.ones(Shape.of(4)), Persistence.TRANSIENT);

      @Override
      public Tensor forward(Tensor x) {
        return fc.call(x).mul(gain).mul(mask);
      }
    }

    Gated gated = new Gated();
    assertThat(gated.stateDict().keySet()).containsExactly("gain", "fc.weight", "fc.bias");
    assertThat(gated.call(Tensor.ones(Shape.of(2, 4))).shape()).isEqualTo(Shape.of(2, 4));
    final class Pair extends Module {
      record Result(Tensor sum, Tensor product) {}

      Result forward(Tensor a, Tensor b) {
        return new Result(a.add(b), a.mul(b));
      }

      Result call(Tensor a, Tensor b) {
        return within(in -> forward(in[0], in[1]), a, b);
      }
    }

    assertThat(new Pair().call(Tensor.of(2f), Tensor.of(3f)).product().item()).isEqualTo(6);
    gated.loadStateDict(
        Map.of("gain", gated.parameter("gain")), StateDict.Match.LENIENT, StateDict.Into.ASSIGN);
  }

  @Test
  void hooksAndLazyLayers() {
    Mlp model = new Mlp(4, 8, 2);
    Tensor x = Tensor.rand(Shape.of(3, 4));
    List<Shape> seen = new ArrayList<>();
    Runnable remove =
        model.registerForwardHook(
            (module, in, out) -> {
              seen.add(out[0].shape());
              return null;
            });
    model.registerFullBackwardHook((module, gradIn, gradOut) -> null);
    model.call(x).sum().backward();
    remove.run();
    model.call(x);
    assertThat(seen).containsExactly(Shape.of(3, 2));
    Sequential lazy =
        new Sequential(new LazyLinear(8), new ReLU(), new LazyLinear(2, Linear::noBias));
    lazy.call(x);
    assertThat(lazy.parameters()).hasSize(3);
  }

  @Test
  void utils() {
    final class Symmetric extends Parametrization {
      @Override
      public Tensor forward(Tensor... in) {
        return in[0].triu().add(in[0].triu(1).t());
      }
    }

    Linear layer = new Linear(4, 4);
    Linear other = new Linear(4, 4);
    Tensor x = Tensor.rand(Shape.of(3, 4));
    Parametrize.registerParametrization(layer, "weight", new Symmetric());
    Parametrizations.spectralNorm(other); // also weightNorm, orthogonal
    try (var mode = Parametrize.cached()) {
      layer.call(layer.call(x)); // computes the weight once
    }
    Parametrize.removeParametrizations(layer, "weight", Parametrize.Leave.PARAMETRIZED);
    assertThat(layer.weight().sub(layer.weight().t()).abs().sum().item()).isZero();

    Linear model = layer;
    layer.call(x).sum().backward();
    Prune.l1Unstructured(layer, "weight", Prune.Amount.share(0.5));
    Prune.lnStructured(layer, "weight", Prune.Amount.count(1), 2, 0);
    Prune.remove(layer, "weight");
    ClipGrad.clipGradNorm(model.parameters(), 1.0);
    assertThat(layer.weight().eq(0).sum().item()).isGreaterThanOrEqualTo(8);
  }

  @Test
  void training(@TempDir Path folder) throws IOException {
    Mlp model = new Mlp(4, 8, 2);
    Tensor x = Tensor.rand(Shape.of(3, 4));
    Tensor labels = Tensor.of(0L, 1L, 0L);
    SGD optimizer = new SGD(model.parameters(), 0.1);
    GradScaler scaler = new GradScaler();
    Tensor loss;
    try (var mode = Autocast.autocast(DType.BFLOAT16)) {
      loss = Functional.crossEntropy(model.call(x), labels);
    }
    scaler.scale(loss).backward();
    scaler.step(optimizer);
    scaler.update();
    assertThat(loss.dtype()).isEqualTo(DType.FLOAT32);

    Path file = folder.resolve("checkpoint.pt");
    SGD sgd = new SGD(model.parameters(), 0.1).momentum(0.9);
    sgd.paramGroups().get(0).names(model.namedParameters().keySet());
    TorchFile.save(file, Map.of("optimizer", sgd.stateDict().toMap()));
    try (TorchFile saved = TorchFile.load(file)) {
      Map<?, ?> checkpoint = (Map<?, ?>) saved.root();
      sgd.loadStateDict(OptimizerState.of((Map<?, ?>) checkpoint.get("optimizer")));
    }
    assertThat(sgd.paramGroups().get(0).names()).hasSize(4);
    AveragedModel averaged = new AveragedModel(model, () -> new Mlp(4, 8, 2)).ema(0.99);
    SWALR scheduler = new SWALR(sgd, 0.05).annealEpochs(5);
    averaged.updateParameters(model);
    scheduler.step();
    assertThat(sgd.lr()).isBetween(0.05, 0.1);
  }
}
