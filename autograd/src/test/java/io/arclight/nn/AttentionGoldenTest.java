package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.arclight.autograd.Func;
import io.arclight.autograd.TensorsFunction;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention against PyTorch ({@code it/oracle/attention.py}). */
@Timeout(60)
class AttentionGoldenTest {
  private static final Golden GOLDEN =
      Golden.read(AttentionGoldenTest.class, "attention.safetensors");

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

  private static TensorsFunction with(AttentionOptions options) {
    return in -> {
      AttentionOptions all = in.length > 3 ? options.attnMask(in[3]) : options;
      return new Tensor[] {Functional.scaledDotProductAttention(in[0], in[1], in[2], all)};
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "matrices",
        "rank 3",
        "rank 5",
        "many keys",
        "broadcast",
        "no keys",
        "bool mask",
        "row mask",
        "column mask",
        "mask of rank 3",
        "mask of rank 5",
        "float mask"
      })
  void attends(String name) {
    GOLDEN.check(name, with(AttentionOptions.of()));
  }

  @Test
  void options() {
    AttentionOptions none = AttentionOptions.of();
    GOLDEN.check("causal", with(none.causal()));
    GOLDEN.check("causal wide", with(none.causal()));
    GOLDEN.check("causal tall", with(none.causal()));
    GOLDEN.check("scale", with(none.scale(2.5)));
    GOLDEN.check("gqa", with(none.enableGqa()));
    GOLDEN.check("gqa causal", with(none.enableGqa().causal()));
  }

  @Test
  void rotary() {
    GOLDEN.check(
        "rotary",
        in ->
            new Tensor[] {
              Functional.rotary(in[0], in[2], in[3]), Functional.rotary(in[1], in[2], in[3])
            });
  }

  @Test
  void anglesAreThoseOfPositions() {
    RotaryEmbedding.Angles a =
        new RotaryEmbedding(4).at(Tensor.of(0L, 3).unsqueeze(0), DType.FLOAT64);
    double slow = 3 * 0.01;
    assertThat(a.cos().shape()).isEqualTo(Shape.of(1, 2, 4));
    assertThat(a.sin().select(1, 1).toDoubles())
        .containsExactly(
            new double[] {Math.sin(3), Math.sin(slow), Math.sin(3), Math.sin(slow)}, offset(1e-6));
    assertThatThrownBy(() -> new RotaryEmbedding(5))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("even, not 5");
  }

  @Test
  void sequencesWithoutKeysGiveZeros() {
    Tensor q = Tensor.ones(Shape.of(1, 2, 3, 4)).requiresGrad(true);
    Tensor none = Tensor.zeros(Shape.of(3, 5), DType.BOOL);
    Tensor k = Tensor.ones(Shape.of(1, 2, 5, 4));
    Tensor out =
        Functional.scaledDotProductAttention(q, k, k, AttentionOptions.of().attnMask(none));
    out.sum().backward();
    assertThat(out.toDoubles()).containsOnly(0);
    assertThat(q.grad().toDoubles()).containsOnly(0);
  }

  /** The tiles of a long sequence, their gradients, and their layout do not depend on threads. */
  @Test
  void threadsDoNotChangeBits() {
    Generator g = new Generator(3);
    double[][] seen = new double[2][];
    for (int i = 0; i < 2; i++) {
      g.manualSeed(3);
      Workers.threads(i == 0 ? 1 : 4);
      try {
        Tensor[] x = new Tensor[3];
        for (int k = 0; k < 3; k++) {
          x[k] = g.normal(Shape.of(2, 2, 300, 8), DType.FLOAT32, Device.CPU);
          x[k].requiresGrad(true);
        }
        try (Context.Restore random = Context.current().generator(new Generator(5))) {
          Functional.scaledDotProductAttention(
                  x[0], x[1], x[2], AttentionOptions.of().causal().dropout(0.2))
              .square()
              .sum()
              .backward();
        }
        seen[i] = Tensor.cat(0, x[0].grad(), x[1].grad(), x[2].grad()).toDoubles();
      } finally {
        Workers.threads(0);
      }
    }
    assertThat(seen[1]).isEqualTo(seen[0]);
  }

  @Test
  void dropoutKeepsTheMean() {
    Generator g = new Generator(1);
    Tensor q = g.normal(Shape.of(1, 1, 64, 8), DType.FLOAT32, Device.CPU);
    Tensor ones = Tensor.ones(Shape.of(1, 1, 200, 8));
    Tensor out =
        Functional.scaledDotProductAttention(q, ones, ones, AttentionOptions.of().dropout(0.25));
    assertThat(out.mean().item()).isCloseTo(1, offset(0.03));
    assertThat(out.sub(1).abs().max().item()).isGreaterThan(0.01);
    assertThat(
            Functional.scaledDotProductAttention(q, ones, ones, AttentionOptions.of().dropout(1))
                .toDoubles())
        .containsOnly(0);
  }

  /** The gradient with dropout is that of the formula with the same random numbers. */
  @Test
  void dropoutIsTheSameInBothDirections() {
    Tensor v = Tensor.ones(Shape.of(1, 1, 5, 3)).requiresGrad(true);
    Tensor q = Tensor.zeros(Shape.of(1, 1, 4, 3));
    Tensor out = Functional.scaledDotProductAttention(q, v, v, AttentionOptions.of().dropout(0.5));
    Tensor weight = Tensor.ones(Shape.of(1, 1, 4, 3));
    out.mul(weight).sum().backward();
    assertThat(v.grad().sum().item()).isCloseTo(out.sum().item(), offset(1e-5));
  }

  @Test
  void slicesOfVmapAttendByThemselves() {
    Generator g = new Generator(2);
    Tensor q = g.normal(Shape.of(3, 2, 4, 5), DType.FLOAT64, Device.CPU);
    Tensor k = g.normal(Shape.of(2, 6, 5), DType.FLOAT64, Device.CPU);
    Tensor mask = g.uniform(Shape.of(3, 4, 6), DType.FLOAT64, Device.CPU).lt(0.7);
    Tensor all =
        Func.vmap(
                x ->
                    Functional.scaledDotProductAttention(
                        x[0], k, k, AttentionOptions.of().attnMask(x[1])))
            .apply(q, mask);
    for (int i = 0; i < 3; i++) {
      Tensor one =
          Functional.scaledDotProductAttention(
              q.select(0, i), k, k, AttentionOptions.of().attnMask(mask.select(0, i)));
      assertThat(all.select(0, i).sub(one).abs().max().item()).isLessThan(1e-12);
    }
  }

  @Test
  void errorsSayWhatToDo() {
    Tensor q = Tensor.ones(Shape.of(2, 4, 3, 4));
    Tensor two = Tensor.ones(Shape.of(2, 2, 3, 4));
    AttentionOptions none = AttentionOptions.of();
    assertThatThrownBy(() -> Functional.scaledDotProductAttention(q, two, two))
        .isInstanceOf(ShapeException.class);
    assertThatThrownBy(
            () ->
                Functional.scaledDotProductAttention(
                    q, q, q, none.causal().attnMask(Tensor.ones(Shape.of(3, 3)))))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("exclude each other");
    assertThatThrownBy(
            () ->
                Functional.scaledDotProductAttention(
                    q, q, q, none.attnMask(Tensor.ones(Shape.of(3)))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("at least two dimensions");
    assertThatThrownBy(() -> Functional.scaledDotProductAttention(q, q, q, none.dropout(1.5)))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("not 1.5");
    assertThatThrownBy(
            () -> Functional.scaledDotProductAttention(Tensor.ones(Shape.of(3)), q, q, none))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[..., length, width]");
  }
}
