package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Context;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.InPlaceException;
import io.arclight.tensor.SavedTensorHooks;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FunctionTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor leaf(double... values) {
    return Tensor.of(values).requiresGrad(true);
  }

  /** x^n by hand, from its input. */
  static final class Power extends Function {
    private final int n;

    Power(int n) {
      this.n = n;
    }

    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
      ctx.saveForBackward(in[0]);
      return new Tensor[] {in[0].pow(n)};
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      Tensor x = ctx.savedTensors()[0];
      Tensor slope = n == 1 ? x.onesLike() : new Power(n - 1).apply(x).mul(n);
      return new Tensor[] {grads[0].mul(slope)};
    }
  }

  /** exp by hand, from its output. */
  static final class Exp extends Function {
    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
      Tensor out = in[0].exp();
      ctx.saveForBackward(out);
      return new Tensor[] {out};
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      return new Tensor[] {grads[0].mul(ctx.savedTensors()[0])};
    }
  }

  /** (a + b, a b, the sign of a), with a gradient of its own for each case. */
  static final class Several extends Function {
    private final List<String> seen = new ArrayList<>();
    private final boolean materialize;

    Several(boolean materialize) {
      this.materialize = materialize;
    }

    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
      seen.add(ctx.needsInputGrad(0) + " " + ctx.needsInputGrad(1));
      Tensor sign = in[0].sign();
      ctx.saveForBackward(in[0], null, in[1]);
      ctx.markNonDifferentiable(sign);
      ctx.setMaterializeGrads(materialize);
      ctx.attribute("shape", in[0].shape());
      return new Tensor[] {in[0].add(in[1]), in[0].mul(in[1]), sign};
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      Tensor a = ctx.savedTensors()[0];
      Tensor b = ctx.savedTensors()[2];
      assertThat(ctx.savedTensors()[1]).isNull();
      assertThat(ctx.attribute("shape")).isEqualTo(a.shape());
      seen.add((grads[0] == null) + " " + (grads[1] == null));
      Tensor da = grads[1] == null ? null : grads[1].mul(b);
      Tensor db = grads[1] == null ? null : grads[1].mul(a);
      if (grads[0] != null) {
        da = da == null ? grads[0] : da.add(grads[0]);
        db = db == null ? grads[0] : db.add(grads[0]);
      }
      return new Tensor[] {da, db};
    }
  }

  @Test
  void gradientsOfEveryOrder() {
    GradCheck.check(in -> new Power(3).apply(in[0].sin()).exp(), leaf(0.3, -0.4));
    GradCheck.checkSecond(in -> new Power(3).apply(in[0].sin()), leaf(0.3, -0.4));
    GradCheck.check(in -> new Exp().apply(in[0]).mul(in[0]), leaf(0.3, -0.4));
    GradCheck.checkSecond(in -> new Exp().apply(in[0]).mul(in[0]), leaf(0.3, -0.4));
  }

  @Test
  void severalOutputs() {
    Several function = new Several(true);
    Tensor a = leaf(2, -3);
    Tensor b = Tensor.of(5.0, 7.0);
    Tensor[] out = function.applyAll(a, b);
    assertThat(out[2].requiresGrad()).isFalse();
    assertThat(out[1].gradFn().op().name()).isEqualTo("Several");
    out[1].sum().backward(null, GraphUse.RETAIN);
    assertThat(a.grad().toDoubles()).containsExactly(5, 7);
    assertThat(b.grad()).isNull();
    out[0].add(out[1]).sum().backward();
    assertThat(a.grad().toDoubles()).containsExactly(11, 15);
    assertThat(function.seen).containsExactly("true false", "false false", "false false");
    assertThatThrownBy(() -> out[0].sum().backward())
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("a second time");
  }

  @Test
  void gradientsMayStayNull() {
    Several function = new Several(false);
    Tensor a = leaf(2, -3);
    function.applyAll(a, leaf(5, 7))[0].sum().backward();
    assertThat(a.grad().toDoubles()).containsExactly(1, 1);
    assertThat(function.seen).containsExactly("true true", "false true");
  }

  /** Doubles its input where it stands. */
  static final class DoubleInPlace extends Function {
    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
      ctx.markDirty(in[0]);
      return new Tensor[] {in[0].mulInPlace(2)};
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      return new Tensor[] {grads[0].mul(2)};
    }
  }

  @Test
  void changesInPlace() {
    Tensor x = leaf(1, 2);
    Tensor h = x.mul(3);
    Tensor row = h.slice(0, 1, 2);
    assertThat(new DoubleInPlace().apply(h)).isSameAs(h);
    h.sum().backward(null, GraphUse.RETAIN);
    assertThat(x.grad().toDoubles()).containsExactly(6, 6);
    new DoubleInPlace().apply(row);
    h.sum().backward();
    assertThat(x.grad().toDoubles()).as("a view takes its base along").containsExactly(12, 18);
    assertThatThrownBy(() -> new DoubleInPlace().apply(x))
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("a leaf");
  }

  @Test
  void savedTensorsAreWatchedAndPacked() {
    Tensor x = leaf(2);
    Tensor h = x.mul(1);
    Tensor y = new Power(2).apply(h);
    h.addInPlace(1);
    assertThatThrownBy(y::backward)
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("saved tensor 0 of Power")
        .hasMessageContaining("add_");
    List<String> calls = new ArrayList<>();
    SavedTensorHooks hooks =
        new SavedTensorHooks() {
          @Override
          public Object pack(Tensor tensor) {
            calls.add("pack");
            return tensor;
          }

          @Override
          public Tensor unpack(Object packed) {
            calls.add("unpack");
            return (Tensor) packed;
          }
        };
    Tensor z;
    try (Context.Restore mode = Autograd.savedTensorsHooks(hooks)) {
      z = new Power(2).apply(x);
    }
    z.backward();
    assertThat(calls).containsExactly("pack", "unpack");
    assertThat(x.grad().item()).isEqualTo(4);
  }

  /** Gives back its input, and gradients of a wrong number or shape. */
  static final class Wrong extends Function {
    private final Tensor[] gradients;

    Wrong(Tensor... gradients) {
      this.gradients = gradients;
    }

    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
      return new Tensor[] {in[0]};
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      return gradients;
    }
  }

  @Test
  void saysWhatIsWrong() {
    Tensor x = leaf(1, 2);
    assertThat(new Wrong(x).apply(x)).as("a place of its own").isNotSameAs(x);
    assertThatThrownBy(() -> new Wrong().apply(x).sum().backward())
        .hasMessageContaining("Wrong: backward gave 0 gradients for 1 inputs");
    assertThatThrownBy(() -> new Wrong(Tensor.of(1.0, 2.0, 3.0)).apply(x).sum().backward())
        .hasMessageContaining("Wrong")
        .hasMessageContaining("[3]")
        .hasMessageContaining("[2]");
    assertThatThrownBy(() -> new Several(true).apply(x, x)).hasMessageContaining("applyAll");
    Function forgetful =
        new Function() {
          @Override
          protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
            ctx.markDirty(in[0]);
            return new Tensor[] {in[0].mul(2)};
          }

          @Override
          protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
            return grads;
          }
        };
    assertThatThrownBy(() -> forgetful.apply(x)).hasMessageContaining("marked dirty");
  }
}
