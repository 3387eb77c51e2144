package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.autograd.Func;
import io.arclight.autograd.TensorFunction;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** CTC losses against PyTorch ({@code it/oracle/ctc.py}). */
@Timeout(60)
class CtcGoldenTest {
  private static final Golden GOLDEN = Golden.read(CtcGoldenTest.class, "ctc.safetensors");

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

  private static void check(String name, CTCLoss loss) {
    GOLDEN.check(name, in -> new Tensor[] {loss.forward(in[0], in[1], in[2], in[3])});
  }

  @Test
  void reductionsAndForms() {
    CTCLoss loss = new CTCLoss();
    check("padded mean", loss);
    check("padded sum", loss.reduction(Reduction.SUM));
    check("padded none", loss.reduction(Reduction.NONE));
    check("joined", loss);
    check("int32", loss.reduction(Reduction.SUM));
    check("blank", loss.blank(4));
    check("single", loss.reduction(Reduction.NONE));
    check("single mean", loss);
    check("no targets", loss.reduction(Reduction.SUM));
    check("long", loss.reduction(Reduction.SUM));
  }

  @Test
  void whatNoPathReaches() {
    check("infinite", new CTCLoss().reduction(Reduction.NONE));
    check("zero infinity", new CTCLoss().reduction(Reduction.NONE).zeroInfinity());
    check("zero infinity mean", new CTCLoss().zeroInfinity());
  }

  @Test
  void gradientsInsideAVmap() {
    Tensor x = Tensor.randn(Shape.of(3, 5, 2, 4)).logSoftmax(-1);
    Tensor targets = Tensor.of(1L, 2L, 3L, 3L).reshape(2, 2);
    Tensor steps = Tensor.of(5L, 4L);
    Tensor lengths = Tensor.of(2L, 1L);
    TensorFunction gradient = Func.grad(t -> Functional.ctcLoss(t[0], targets, steps, lengths));
    Tensor all = Func.vmap(gradient).apply(x);
    for (int i = 0; i < 3; i++) {
      Tensor one = gradient.apply(x.select(0, i));
      assertThat(all.select(0, i).toFloats()).containsExactly(one.toFloats());
    }
  }

  @Test
  void gradientsOfGradientsAreRefused() {
    Tensor targets = Tensor.of(1L, 2L, 3L, 3L).reshape(2, 2);
    Tensor steps = Tensor.of(5L, 4L);
    Tensor lengths = Tensor.of(2L, 1L);
    TensorFunction gradient =
        Func.grad(t -> Functional.ctcLoss(t[0].logSoftmax(-1), targets, steps, lengths));
    TensorFunction second = Func.grad(t -> gradient.apply(t[0]).square().sum());
    assertThatThrownBy(() -> second.apply(Tensor.randn(Shape.of(5, 2, 4))))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("its gradient has no gradient of its own");
  }

  @Test
  void whatDoesNotFit() {
    Tensor x = Tensor.zeros(Shape.of(4, 2, 3));
    Tensor targets = Tensor.of(1L, 2L, 1L);
    Tensor steps = Tensor.of(4L, 4L);
    assertThatThrownBy(() -> Functional.ctcLoss(x, targets, steps, Tensor.of(2L, 2L)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("lengths [2, 2] must add up to the number of targets, 3");
    assertThatThrownBy(() -> Functional.ctcLoss(x, targets, Tensor.of(4L, 5L), Tensor.of(2L, 1L)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("5 is out of range (at most 4 steps and 2 targets of 3 classes)");
    assertThatThrownBy(() -> Functional.ctcLoss(x, Tensor.of(1L, 3L), steps, Tensor.of(1L, 1L)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("target 3 at row 1 is not a class");
    assertThatThrownBy(() -> new CTCLoss().blank(3).forward(x, targets, steps, Tensor.of(2L, 1L)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("the blank 3 is not one of the 3 classes");
  }
}
