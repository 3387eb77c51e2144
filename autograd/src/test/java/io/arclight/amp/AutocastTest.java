package io.arclight.amp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.Checkpoint;
import io.arclight.autograd.Func;
import io.arclight.autograd.Function;
import io.arclight.autograd.FunctionContext;
import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.models.Mlp;
import io.arclight.nn.Functional;
import io.arclight.nn.Linear;
import io.arclight.nn.Sequential;
import io.arclight.nn.Tanh;
import io.arclight.optim.Adam;
import io.arclight.optim.SGD;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.ConvertOp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AutocastTest {
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

  private static int conversions(Runnable action) {
    AtomicInteger count = new AtomicInteger();
    try (Context.Restore counting =
        Context.current()
            .intercept(
                (op, name, inputs, next) -> {
                  count.addAndGet(op instanceof ConvertOp ? 1 : 0);
                  return next.get();
                })) {
      action.run();
    }
    return count.get();
  }

  @Test
  void regionsNest() {
    Tensor x = Tensor.rand(Shape.of(2, 2));
    assertThat(Autocast.dtype()).isNull();
    try (Context.Restore outer = Autocast.autocast(DType.FLOAT16)) {
      assertThat(x.mm(x).dtype()).isEqualTo(DType.FLOAT16);
      try (Context.Restore off = Autocast.disabled()) {
        assertThat(Autocast.isEnabled()).isFalse();
        assertThat(x.mm(x).dtype()).isEqualTo(DType.FLOAT32);
        try (Context.Restore inner = Autocast.autocast()) {
          assertThat(Autocast.dtype()).isEqualTo(DType.BFLOAT16);
          assertThat(x.mm(x).dtype()).isEqualTo(DType.BFLOAT16);
        }
      }
      assertThat(Autocast.dtype()).isEqualTo(DType.FLOAT16);
    }
    assertThat(Autocast.isEnabled()).isFalse();
    assertThatThrownBy(() -> Autocast.autocast(DType.FLOAT32))
        .hasMessage("autocast: the lower precision is BFLOAT16 or FLOAT16, not float32");
  }

  @Test
  void weightsAreConvertedOnceInARegion() {
    Linear layer = new Linear(3, 3);
    Tensor x = Tensor.rand(Shape.of(2, 3)).to(DType.BFLOAT16);
    Runnable twice = () -> layer.call(layer.call(x));
    try (Context.Restore mode = Autocast.autocast()) {
      assertThat(conversions(twice)).isEqualTo(2);
      assertThat(conversions(twice)).isZero();
      try (Context.Restore inner = Autocast.autocast()) {
        assertThat(conversions(twice)).isZero();
      }
      try (Context.Restore inner = Autocast.autocast(DType.BFLOAT16, Autocast.Cache.UNUSED)) {
        assertThat(conversions(twice)).isEqualTo(4);
      }
      layer.weight().detach().mulInPlace(2);
      assertThat(conversions(twice)).as("a changed weight").isEqualTo(1);
    }
    try (Context.Restore mode = Autocast.autocast()) {
      assertThat(conversions(twice)).isEqualTo(2);
    }
  }

  @Test
  void conversionsWithoutGradientsAreNotUsedWithThem() {
    Linear layer = new Linear(3, 3);
    Tensor x = Tensor.rand(Shape.of(2, 3));
    try (Context.Restore mode = Autocast.autocast()) {
      try (Context.Restore quiet = Autograd.noGrad()) {
        layer.call(x);
      }
      layer.call(x).sum().backward();
    }
    assertThat(layer.weight().grad()).isNotNull();
  }

  @Test
  void stepsWithScopesInOneRegion() {
    Linear layer = new Linear(3, 3);
    SGD optimizer = new SGD(layer.parameters(), 0.1);
    try (Context.Restore mode = Autocast.autocast()) {
      for (int i = 0; i < 3; i++) {
        try (Scope step = Scope.open()) {
          optimizer.zeroGrad();
          float[] before = layer.weight().toFloats();
          layer.call(Tensor.ones(Shape.of(2, 3))).sum().backward();
          optimizer.step();
          assertThat(layer.weight().grad().dtype()).isEqualTo(DType.FLOAT32);
          assertThat(layer.weight().toFloats()).isNotEqualTo(before);
        }
      }
    }
  }

  @Test
  void trainsAnMlpInBfloat16() {
    Tensor x = Tensor.rand(Shape.of(64, 8));
    Tensor labels = x.sum(1).gt(4).to(DType.INT64);
    Mlp model = new Mlp(8, 32, 2);
    Adam optimizer = new Adam(model.parameters(), 0.02);
    GradScaler scaler = new GradScaler();
    double loss = Double.NaN;
    for (int i = 0; i < 150; i++) {
      try (Scope step = Scope.open()) {
        optimizer.zeroGrad();
        Tensor l;
        try (Context.Restore mode = Autocast.autocast()) {
          l = Functional.crossEntropy(model.call(x), labels);
        }
        assertThat(l.dtype()).isEqualTo(DType.FLOAT32);
        scaler.scale(l).backward();
        scaler.step(optimizer);
        scaler.update();
        loss = l.item();
      }
    }
    assertThat(loss).isLessThan(0.3);
    assertThat(model.parameters()).allMatch(p -> p.dtype() == DType.FLOAT32);
  }

  @Test
  void backwardInsideARegionRunsWithoutIt() {
    Tensor a = Tensor.rand(Shape.of(2, 2)).requiresGrad(true);
    Tensor y = a.mm(a).sum();
    Tensor outside = Autograd.grad(y, a)[0];
    Tensor again = a.mm(a).sum();
    try (Context.Restore mode = Autocast.autocast()) {
      assertThat(Autograd.grad(again, a)[0].toFloats()).isEqualTo(outside.toFloats());
    }
  }

  @Test
  void checkpointsComputeAgainAsTheyDidFirst() {
    Sequential block = new Sequential(new Linear(4, 4), new Tanh(), new Linear(4, 4));
    Tensor x = Tensor.rand(Shape.of(3, 4)).requiresGrad(true);
    Tensor plain;
    Tensor saved;
    try (Context.Restore mode = Autocast.autocast()) {
      plain = block.call(x);
      saved = Checkpoint.checkpoint(in -> block.call(in[0]), x);
    }
    assertThat(saved.dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(saved.toFloats()).isEqualTo(plain.toFloats());
    plain.sum().backward();
    List<float[]> grads = block.parameters().stream().map(p -> p.grad().toFloats()).toList();
    float[] gradX = x.grad().toFloats();
    block.zeroGrad();
    x.grad(null);
    saved.sum().backward();
    assertThat(x.grad().toFloats()).isEqualTo(gradX);
    for (int i = 0; i < grads.size(); i++) {
      assertThat(block.parameters().get(i).grad().toFloats()).isEqualTo(grads.get(i));
    }
  }

  @Test
  void programsHoldTheConversions() throws IOException {
    Sequential model = new Sequential(new Linear(4, 3), new Tanh());
    Tensor x = Tensor.rand(Shape.of(5, 4));
    Tensor expected;
    try (Context.Restore mode = Autocast.autocast();
        Program program = Program.trace(model, Signature.of("x", Shape.of(4)))) {
      program.save(LocalBlobStore.at(folder));
      expected = model.call(x);
    }
    try (Program program = Program.load(LocalBlobStore.at(folder))) {
      Tensor y = program.run(Map.of("x", x)).get(Program.OUTPUT);
      assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
      assertThat(y.toFloats()).isEqualTo(expected.toFloats());
    }
  }

  @Test
  void insideVmap() {
    Linear layer = new Linear(4, 3);
    Tensor x = Tensor.rand(Shape.of(5, 4));
    try (Context.Restore mode = Autocast.autocast()) {
      Tensor y = Func.vmap(in -> layer.call(in[0].unsqueeze(0))).apply(x);
      assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
      assertThat(y.reshape(5, 3).toFloats()).isEqualTo(layer.call(x).toFloats());
    }
  }

  /** Saves its input and multiplies by it. */
  private static final class Square extends Function {
    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
      ctx.saveForBackward(in[0]);
      return new Tensor[] {in[0].mm(in[0])};
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      Tensor x = ctx.savedTensors()[0];
      return new Tensor[] {grads[0].mm(x.t()).add(x.t().mm(grads[0]))};
    }
  }

  @Test
  void functionsRunTheirBackwardAsTheirForward() {
    Tensor x = Tensor.rand(Shape.of(2, 2)).requiresGrad(true);
    Tensor y;
    Tensor wide;
    try (Context.Restore mode = Autocast.autocast()) {
      y = new Square().apply(x);
      wide = Autocast.castInputs(DType.FLOAT32, new Square()::applyAll, x.to(DType.BFLOAT16))[0];
    }
    assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(wide.dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Autograd.grad(y.sum(), x)[0].dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Autograd.grad(wide.sum(), x)[0].dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Autocast.castInputs(DType.FLOAT64, in -> in, x)[0]).isSameAs(x);
  }

  @Test
  void otherThreadsAreNotInTheRegion() throws InterruptedException {
    Tensor x = Tensor.rand(Shape.of(2, 2));
    DType[] there = new DType[1];
    try (Context.Restore mode = Autocast.autocast()) {
      Thread thread = new Thread(() -> there[0] = x.mm(x).dtype());
      thread.start();
      thread.join();
    }
    assertThat(there[0]).isEqualTo(DType.FLOAT32);
  }

  @Test
  void scalersSayWhatIsWrong() {
    Tensor p = Tensor.of(1f).requiresGrad(true);
    SGD optimizer = new SGD(List.of(p), 1);
    GradScaler scaler = new GradScaler();
    assertThatThrownBy(scaler::update).hasMessageContaining("call step(optimizer) before");
    assertThatThrownBy(() -> scaler.step(optimizer)).hasMessageContaining("backward() before");
    scaler.loadStateDict(scaler.stateDict());
    GradScaler other = new GradScaler();
    other.scale(p.mul(3)).backward();
    other.unscale(optimizer);
    assertThat(p.grad().item()).isCloseTo(3, within(1e-6));
    assertThatThrownBy(() -> other.unscale(optimizer)).hasMessageContaining("were unscaled");
    assertThat(other.step(optimizer)).isTrue();
    assertThatThrownBy(() -> other.step(optimizer)).hasMessageContaining("has made its step");
    assertThatThrownBy(() -> other.unscale(optimizer)).hasMessageContaining("has made its step");
    other.update();
    Tensor half = Tensor.zeros(Shape.of(1), DType.FLOAT16).requiresGrad(true);
    half.grad(Tensor.zeros(Shape.of(1), DType.FLOAT16));
    assertThatThrownBy(() -> other.unscale(new SGD(List.of(half), 1)))
        .hasMessageContaining("a gradient of shape [1] is float16");
    GradScaler off = new GradScaler().disabled();
    assertThat(off.scale(p)).isSameAs(p);
    assertThat(off.step(optimizer)).isTrue();
    off.update();
    assertThat(off.stateDict()).isEmpty();
    assertThatThrownBy(() -> other.loadStateDict(off.stateDict()))
        .hasMessageContaining("was it saved from a disabled one?");
    assertThatThrownBy(() -> new GradScaler().growthFactor(1)).hasMessageContaining("not 1.0");
    assertThatThrownBy(() -> new GradScaler().backoffFactor(1)).hasMessageContaining("not 1.0");
  }
}
