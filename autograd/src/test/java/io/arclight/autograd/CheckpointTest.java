package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.InPlaceException;
import io.arclight.tensor.SampleRandom;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.MatMulOp;
import io.arclight.tensor.op.Pointwise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CheckpointTest {
  private Scope scope;
  private final Tensor w =
      new Generator(2).normal(Shape.of(4, 4), DType.FLOAT64, Device.CPU).keep();

  @BeforeEach
  void open() {
    scope = Scope.open();
    w.requiresGrad(true);
  }

  @AfterEach
  void close() {
    scope.close();
    if (w.grad() != null) {
      w.grad().close();
    }
    w.close();
  }

  private static Tensor input() {
    return new Generator(3).normal(Shape.of(3, 4), DType.FLOAT64, Device.CPU).requiresGrad(true);
  }

  private Tensor block(Tensor x) {
    return x.matmul(w).tanh().mul(x.sigmoid());
  }

  /** Gradients of x and w by a plain function and by a checkpointed one are the same bits. */
  private void requireSame(UnaryOperator<Tensor> plain, UnaryOperator<Tensor> checkpointed) {
    List<double[]> results = new ArrayList<>();
    for (UnaryOperator<Tensor> f : List.of(plain, checkpointed)) {
      Generator random = new Generator(11);
      try (Context.Restore stream = Context.current().generator(random)) {
        Tensor x = input();
        Tensor y = f.apply(x);
        Tensor loss = y.mul(y).sum();
        loss.backward();
        results.add(y.toDoubles());
        results.add(x.grad().toDoubles());
        results.add(w.grad().toDoubles());
        results.add(new double[] {random.state().offset()});
        w.grad().close();
        w.grad(null);
      }
    }
    for (int i = 0; i < 4; i++) {
      assertThat(results.get(i + 4)).isEqualTo(results.get(i));
    }
  }

  @Test
  void gradientsAreTheSame() {
    requireSame(x -> block(block(x)), x -> Checkpoint.checkpoint(in -> block(block(in[0])), x));
    requireSame(
        x -> block(block(x)).add(x),
        x -> Checkpoint.of(in -> block(block(in[0])).add(in[0])).noEarlyStop().apply(x));
  }

  @Test
  void nested() {
    TensorFunction inner = in -> block(in[0]);
    TensorFunction middle =
        in -> Checkpoint.checkpoint(inner, Checkpoint.checkpoint(inner, in[0].sin()).exp()).cos();
    requireSame(
        x -> block(block(x.sin()).exp()).cos(),
        x -> Checkpoint.checkpoint(middle, x).mul(2).div(2));
    requireSame(
        x -> block(block(x.sin()).exp()).cos(),
        x -> Checkpoint.checkpoint(in -> Checkpoint.checkpoint(middle, in[0]), x));
  }

  @Test
  void severalOutputsAndArgumentsWithoutGradient() {
    TensorsFunction f =
        in -> new Tensor[] {in[0].mul(in[1]).exp(), in[0].matmul(w).sin(), in[1].sign()};
    Tensor scale = Tensor.of(0.1, 0.2, 0.3, 0.4);
    Tensor[] seen = new Tensor[2];
    requireSame(
        x -> {
          Tensor[] out = f.applyAll(x, scale);
          return out[0].add(out[1]).mul(out[2]);
        },
        x -> {
          Tensor[] out = Checkpoint.ofAll(f).applyAll(x, scale);
          seen[0] = out[2];
          return out[0].add(out[1]).mul(out[2]);
        });
    assertThat(seen[0].requiresGrad()).isFalse();
    Tensor x = input();
    Checkpoint.ofAll(f).applyAll(x, scale)[1].sum().backward();
    assertThat(x.grad()).as("one output alone").isNotNull();
  }

  @Test
  void randomValuesComeAgain() {
    requireSame(
        x -> Generator.standard().dropout(x.matmul(w).exp(), 0.5).sin(),
        x ->
            Checkpoint.checkpoint(
                in -> Generator.standard().dropout(in[0].matmul(w).exp(), 0.5).sin(), x));
    SampleRandom keys = new SampleRandom(1, 2, Tensor.of(7L, 8L, 9L));
    SampleRandom same = new SampleRandom(1, 2, Tensor.of(7L, 8L, 9L));
    TensorFunction dropping = in -> Generator.standard().dropout(in[0].exp(), 0.5).mul(in[0]);
    Tensor a = input();
    Tensor b = input();
    try (Context.Restore keyed = Context.current().sampleRandom(keys)) {
      Tensor y = dropping.apply(a);
      Generator.standard().dropout(a, 0.5);
      y.sum().backward();
    }
    try (Context.Restore keyed = Context.current().sampleRandom(same)) {
      Tensor y = Checkpoint.checkpoint(dropping, b);
      Generator.standard().dropout(b, 0.5);
      y.sum().backward();
    }
    assertThat(b.grad().toDoubles()).isEqualTo(a.grad().toDoubles());
    assertThat(same.nextKey()).isEqualTo(keys.nextKey());
  }

  @Test
  void gradientsOfGradients() {
    Tensor x = Tensor.of(0.3, -0.2, 0.5, 0.1).requiresGrad(true);
    GradCheck.checkSecond(
        in -> Checkpoint.checkpoint(a -> a[0].sin().mul(a[0].exp()), in[0].mul(2)).sum(), x);
    Tensor y = Checkpoint.checkpoint(in -> in[0].exp().sin(), x).sum();
    y.backward(null, GraphUse.RETAIN);
    double[] once = x.grad().toDoubles();
    y.backward();
    for (int i = 0; i < 4; i++) {
      assertThat(x.grad().toDoubles()[i]).isEqualTo(2 * once[i]);
    }
    Tensor jacobian =
        Func.jacrev(in -> Checkpoint.checkpoint(a -> a[0].exp().sin(), in)).apply(x.detach());
    Tensor expected = Func.jacfwd(in -> in[0].exp().sin()).apply(x.detach());
    assertThat(jacobian.sub(expected).abs().max().item()).isLessThan(1e-12);
  }

  @Test
  void stopsAsSoonAsAllIsThere() {
    List<String> ran = new ArrayList<>();
    TensorFunction f =
        in -> {
          ran.add("begin");
          Tensor y = in[0].exp();
          Tensor z = y.add(1);
          ran.add("end");
          return z;
        };
    Checkpoint.checkpoint(f, input()).sum().backward();
    assertThat(ran).containsExactly("begin", "end", "begin");
    ran.clear();
    Checkpoint.of(f).noEarlyStop().apply(input()).sum().backward();
    assertThat(ran).containsExactly("begin", "end", "begin", "end");
    ran.clear();
    try (Context.Restore mode = Autograd.noGrad()) {
      Checkpoint.checkpoint(f, input());
    }
    assertThat(ran).containsExactly("begin", "end");
  }

  @Test
  void keepsLessMemory() {
    int n = 1 << 15;
    UnaryOperator<Tensor> deep =
        x -> {
          Tensor y = x;
          for (int i = 0; i < 10; i++) {
            y = y.sin();
          }
          return y;
        };
    Tensor x = Tensor.rand(Shape.of(n)).requiresGrad(true);
    long before = Memory.liveBytes();
    Tensor y = x;
    for (int i = 0; i < 10; i++) {
      y = Checkpoint.checkpoint(in -> deep.apply(in[0]), y);
    }
    assertThat(Memory.liveBytes() - before).as("one tensor a checkpoint").isEqualTo(10L * 4 * n);
    long[] most = new long[1];
    for (Tensor watched : List.of(x)) {
      watched.registerHook(
          g -> {
            most[0] = Memory.liveBytes() - before;
            return null;
          });
    }
    y.sum().backward();
    assertThat(most[0]).as("what was recomputed is freed as it is used").isLessThan(14L * 4 * n);
    assertThat(Memory.liveBytes() - before).isLessThan(12L * 4 * n);
  }

  @Test
  void policiesKeepOutputs() {
    int[] products = new int[1];
    Context.Interceptor counting =
        (op, name, inputs, next) -> {
          products[0] += op instanceof MatMulOp ? 1 : 0;
          return next.get();
        };
    CheckpointPolicy.Rule keepProducts =
        op -> op instanceof MatMulOp ? CheckpointPolicy.SAVE : CheckpointPolicy.RECOMPUTE;
    requireSame(
        x -> block(block(x)),
        x -> Checkpoint.of(in -> block(block(in[0]))).policy(keepProducts).apply(x));
    int[] counts = new int[2];
    for (int i = 0; i < 2; i++) {
      Tensor x = input();
      products[0] = 0;
      Checkpoint c = Checkpoint.of(in -> block(block(in[0])));
      Tensor y = (i == 0 ? c : c.policy(keepProducts)).apply(x).sum();
      try (Context.Restore watching = Context.current().intercept(counting)) {
        y.backward();
      }
      counts[i] = products[0];
      w.grad().close();
      w.grad(null);
    }
    assertThat(counts[1]).as("two products less").isEqualTo(counts[0] - 2);
    Tensor broken =
        Checkpoint.of(
                in -> {
                  Tensor h = in[0].matmul(w);
                  Tensor y = h.exp();
                  h.addInPlace(1);
                  return y.mul(y);
                })
            .policy(keepProducts)
            .apply(input());
    assertThatThrownBy(() -> broken.sum().backward())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("MATMUL")
        .hasMessageContaining("add_");
    boolean[] keeps = {true};
    Tensor changing =
        Checkpoint.of(in -> in[0].exp().sin().cos())
            .policy(
                op ->
                    op == Pointwise.EXP && keeps[0]
                        ? CheckpointPolicy.SAVE
                        : op == Pointwise.SIN && !keeps[0]
                            ? CheckpointPolicy.SAVE
                            : CheckpointPolicy.RECOMPUTE)
            .apply(input());
    keeps[0] = false;
    assertThatThrownBy(() -> changing.sum().backward())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("SIN")
        .hasMessageContaining("EXP was kept");
  }

  @Test
  void sequences() {
    List<TensorFunction> blocks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      blocks.add(in -> block(in[0]));
    }
    for (int segments : new int[] {1, 2, 5}) {
      requireSame(
          x -> {
            Tensor y = x;
            for (TensorFunction f : blocks) {
              y = f.apply(y);
            }
            return y;
          },
          x -> Checkpoint.checkpointSequential(blocks, segments, x));
    }
    assertThatThrownBy(() -> Checkpoint.checkpointSequential(blocks, 6, input()))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("6 segments of 5");
  }

  @Test
  void noticesFunctionsThatChange() {
    int[] calls = new int[1];
    TensorFunction shapes = in -> in[0].slice(0, 0, ++calls[0] > 1 ? 1 : 2).exp();
    Tensor a = Checkpoint.checkpoint(shapes, input());
    assertThatThrownBy(() -> a.sum().backward())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("float64 [2, 4]")
        .hasMessageContaining("float64 [1, 4]");
    calls[0] = 0;
    TensorFunction fewer = in -> ++calls[0] > 1 ? in[0].exp() : in[0].exp().sin();
    Tensor b = Checkpoint.checkpoint(fewer, input());
    assertThatThrownBy(() -> b.sum().backward())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("saved 2 tensors in forward and 1 now");
    calls[0] = 0;
    Tensor c = Checkpoint.of(shapes).noDeterminismCheck().apply(input());
    assertThatThrownBy(() -> c.sum().backward()).isNotInstanceOf(CheckpointException.class);
    Tensor x = input();
    Tensor h = x.mul(2);
    Tensor d = Checkpoint.checkpoint(in -> in[0].exp(), h);
    h.addInPlace(1);
    assertThatThrownBy(() -> d.sum().backward())
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("argument 0 of checkpoint")
        .hasMessageContaining("add_");
  }
}
