package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.models.Mlp;
import io.arclight.nn.TransformerEncoder;
import io.arclight.nn.TransformerEncoderLayer;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.PageExamples;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.profile.Profiler;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of {@code docs/autograd.md}: they stand here, run, and are those of the page. */
@Timeout(60)
class AutogradPageTest {
  private static final Path PAGE = Path.of("..", "docs", "autograd.md");
  private static final Path HERE =
      Path.of("src", "test", "java", "io", "arclight", "autograd", "AutogradPageTest.java");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor random(long... shape) {
    return new Generator(1).normal(Shape.of(shape), DType.FLOAT64, Device.CPU);
  }

  @Test
  void thePageHasTheseExamples() throws IOException {
    assertThat(PageExamples.requireIn(PAGE, HERE)).isGreaterThan(8);
  }

  @Test
  void gradients() {
    Tensor w = Tensor.of(1.0, 2.0).requiresGrad(true);
    Tensor loss = w.mul(w).sum();
    loss.backward(); // w.grad() is [2, 4]
    assertThat(w.grad().toDoubles()).containsExactly(2, 4);
  }

  @Test
  void inPlace() {
    Tensor x = Tensor.of(1.0, 2.0, 3.0).requiresGrad(true);
    Tensor y = x.mul(2);
    y.slice(0, 0, 2).expInPlace();
    y.sum().backward(); // x.grad() is [2 exp(2), 2 exp(4), 2]
    assertThat(x.grad().toDoubles()[1]).isEqualTo(2 * y.toDoubles()[1]);
    assertThat(x.grad().toDoubles()[2]).isEqualTo(2);
  }

  @Test
  void modes() {
    Tensor weight = Tensor.of(1.0).requiresGrad(true);
    Tensor update = Tensor.of(2.0);
    try (var mode = Autograd.noGrad()) { // also enableGrad, setGradEnabled, inferenceMode, ...
      weight.addInPlace(update);
    }
    assertThat(weight.item()).isEqualTo(3);
  }

  @Test
  void functions() {
    final class Cube extends Function {
      @Override
      protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
        ctx.saveForBackward(in[0]);
        return new Tensor[] {in[0].mul(in[0]).mul(in[0])};
      }

      @Override
      protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
        Tensor x = ctx.savedTensors()[0];
        return new Tensor[] {grads[0].mul(x).mul(x).mul(3)};
      }
    }
    GradCheck.checkSecond(in -> new Cube().apply(in[0]), Tensor.of(0.5, -2.0).requiresGrad(true));
  }

  @Test
  void functionsOfFunctions() {
    Tensor point = Tensor.of(1.0, 2.0);
    Tensor direction = Tensor.of(1.0, 1.0);
    TensorFunction f = in -> in[0].pow(3).sum();
    Tensor gradient = Func.grad(f).apply(point);
    Tensor hessian = Func.hessian(f).apply(point);
    Func.HessianProduct product = Func.hvp(f, new Tensor[] {point}, new Tensor[] {direction});
    assertThat(gradient.toDoubles()).containsExactly(3, 12);
    assertThat(hessian.toDoubles()).containsExactly(6, 0, 0, 12);
    assertThat(product.product()[0].toDoubles()).containsExactly(6, 12);
  }

  @Test
  void samples() {
    Tensor weights = Tensor.of(1.0, 2.0);
    Tensor samples = random(3, 2);
    TensorFunction loss = in -> in[0].mul(in[1]).sum().square();
    Tensor perSample = Func.vmap(Func.grad(loss)).inDims(Vmap.NONE, 0).apply(weights, samples);
    assertThat(perSample.shape()).isEqualTo(Shape.of(3, 2));
  }

  @Test
  void checkpoints() {
    Tensor weight = random(4, 4).requiresGrad(true);
    Tensor input = random(3, 4);
    Tensor h = Checkpoint.checkpoint(in -> in[0].matmul(weight).gelu().matmul(weight), input);
    h.sum().backward();
    assertThat(weight.grad().shape()).isEqualTo(weight.shape());
  }

  @Test
  void checkpointedParts() {
    TransformerEncoder model = new TransformerEncoder(new TransformerEncoderLayer(8, 2), 2);
    Tensor input = random(2, 3, 8).to(DType.FLOAT32);
    model.activationCheckpointing(part -> part instanceof TransformerEncoderLayer);
    model.call(input).square().mean().backward();
    assertThat(model.parameters().get(0).grad()).isNotNull();
    model.zeroGrad();
  }

  @Test
  void profiles(@TempDir Path folder) throws IOException {
    Mlp model = new Mlp(4, 8, 2);
    Tensor batch = Tensor.rand(Shape.of(16, 4));
    Path file = folder.resolve("trace.json");
    try (Profiler profiler = Profiler.start()) {
      try (var range = Profiler.recordFunction("step")) {
        model.call(batch).square().mean().backward();
      }
      System.out.println(profiler.keyAverages().table());
      profiler.exportChromeTrace(file); // for chrome://tracing or Perfetto
    }
    assertThat(file).content().contains("step", "LINEAR_BACKWARD");
    model.zeroGrad();
  }

  @Test
  void checks() {
    Tensor a = random(2, 3).requiresGrad(true);
    Tensor b = random(3).requiresGrad(true);
    GradCheck.check(in -> in[0].mul(in[1]).tanh(), a, b);
    GradCheck.standard().fast().gradgradcheck(in -> new Tensor[] {in[0].sin().mul(in[1])}, a, b);
  }
}
