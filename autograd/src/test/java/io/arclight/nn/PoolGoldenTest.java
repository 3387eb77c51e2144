package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pooling against PyTorch ({@code it/oracle/pool.py}). */
@Timeout(60)
class PoolGoldenTest {
  private static final Golden GOLDEN = Golden.read(PoolGoldenTest.class, "pool.safetensors");

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

  /** Also with the channels last in memory, which the result keeps, and as a program. */
  private void both(String name, Layer layer) throws IOException {
    GOLDEN.check(name, layer);
    if (!name.endsWith("single")) {
      last(name, layer::call);
      GOLDEN.traces(name, layer, folder.resolve(name));
    }
  }

  private static void last(String name, UnaryOperator<Tensor> function) {
    GOLDEN.check(
        name,
        in -> {
          Tensor x = in[0].movedim(1, -1).contiguous().movedim(-1, 1);
          Tensor out = function.apply(x);
          if (!x.isContiguous() && out.elements() > out.dim(0) * out.dim(1)) {
            assertThat(out.movedim(1, -1).isContiguous()).isTrue();
          }
          return new Tensor[] {out};
        });
  }

  private static Tensor[] both(Pooled pooled) {
    return new Tensor[] {pooled.values(), pooled.indices()};
  }

  @Test
  void maximum1() throws IOException {
    both("max 1", new MaxPool1d(2));
    both("max 1 options", new MaxPool1d(3).stride(2).padding(1).dilation(2).ceilMode());
    both("max 1 single", new MaxPool1d(2));
    MaxPool1d indices = new MaxPool1d(3).stride(2);
    GOLDEN.check("max 1 indices", indices, in -> both(indices.callWithIndices(in[0])));
    AdaptiveMaxPool1d adaptive = new AdaptiveMaxPool1d(3);
    GOLDEN.check("adaptive max 1", adaptive, in -> both(adaptive.callWithIndices(in[0])));
    MaxUnpool1d unpool = new MaxUnpool1d(2);
    GOLDEN.check("unpool 1", unpool, in -> new Tensor[] {unpool.call(in[0], in[1])});
    long[] size = {11};
    GOLDEN.check("unpool 1 size", unpool, in -> new Tensor[] {unpool.call(in[0], in[1], size)});
  }

  @Test
  void average1() throws IOException {
    both("average 1", new AvgPool1d(2));
    both("average 1 options", new AvgPool1d(3).stride(2).padding(1).ceilMode());
    both("average 1 exclude", new AvgPool1d(3).stride(2).padding(1).ceilMode().excludePadding());
    both("adaptive average 1", new AdaptiveAvgPool1d(3));
    both("adaptive average 1 single", new AdaptiveAvgPool1d(1));
    both("lp 1", new LPPool1d(2, 3).stride(2));
    both("lp 1 ceil", new LPPool1d(3, 2).ceilMode());
    GOLDEN.check(
        "lp inf 1",
        in ->
            new Tensor[] {Functional.lpPool1d(in[0], Double.POSITIVE_INFINITY, PoolOptions.of(2))});
  }

  @Test
  void maximum2() throws IOException {
    both("max 2", new MaxPool2d(2));
    both("max 2 options", new MaxPool2d(3).stride(2).padding(1).dilation(2).ceilMode());
    both("max 2 single", new MaxPool2d(2));
    MaxPool2d indices = new MaxPool2d(3).stride(2);
    GOLDEN.check("max 2 indices", indices, in -> both(indices.callWithIndices(in[0])));
    AdaptiveMaxPool2d adaptive = new AdaptiveMaxPool2d(3);
    GOLDEN.check("adaptive max 2", adaptive, in -> both(adaptive.callWithIndices(in[0])));
    MaxUnpool2d unpool = new MaxUnpool2d(2);
    GOLDEN.check("unpool 2", unpool, in -> new Tensor[] {unpool.call(in[0], in[1])});
    long[] size = {7, 8};
    GOLDEN.check("unpool 2 size", unpool, in -> new Tensor[] {unpool.call(in[0], in[1], size)});
  }

  @Test
  void average2() throws IOException {
    both("average 2", new AvgPool2d(2));
    both("average 2 options", new AvgPool2d(3).stride(2).padding(1).ceilMode());
    both("average 2 exclude", new AvgPool2d(3).stride(2).padding(1).ceilMode().excludePadding());
    both("adaptive average 2", new AdaptiveAvgPool2d(3));
    both("adaptive average 2 single", new AdaptiveAvgPool2d(1));
    both("lp 2", new LPPool2d(2, 3).stride(2));
    both("lp 2 ceil", new LPPool2d(3, 2).ceilMode());
    GOLDEN.check(
        "lp inf 2",
        in ->
            new Tensor[] {Functional.lpPool2d(in[0], Double.POSITIVE_INFINITY, PoolOptions.of(2))});
    both("average 2 divisor", new AvgPool2d(3).divisorOverride(5));
  }

  @Test
  void maximum3() throws IOException {
    both("max 3", new MaxPool3d(2));
    both("max 3 options", new MaxPool3d(3).stride(2).padding(1).ceilMode());
    both("max 3 single", new MaxPool3d(2));
    MaxPool3d indices = new MaxPool3d(3).stride(2);
    GOLDEN.check("max 3 indices", indices, in -> both(indices.callWithIndices(in[0])));
    AdaptiveMaxPool3d adaptive = new AdaptiveMaxPool3d(3);
    GOLDEN.check("adaptive max 3", adaptive, in -> both(adaptive.callWithIndices(in[0])));
    MaxUnpool3d unpool = new MaxUnpool3d(2);
    GOLDEN.check("unpool 3", unpool, in -> new Tensor[] {unpool.call(in[0], in[1])});
    long[] size = {5, 6, 4};
    GOLDEN.check("unpool 3 size", unpool, in -> new Tensor[] {unpool.call(in[0], in[1], size)});
  }

  @Test
  void average3() throws IOException {
    both("average 3", new AvgPool3d(2));
    both("average 3 options", new AvgPool3d(3).stride(2).padding(1).ceilMode());
    both("average 3 exclude", new AvgPool3d(3).stride(2).padding(1).ceilMode().excludePadding());
    both("adaptive average 3", new AdaptiveAvgPool3d(3));
    both("adaptive average 3 single", new AdaptiveAvgPool3d(1));
    both("lp 3", new LPPool3d(2, 3).stride(2));
    both("lp 3 ceil", new LPPool3d(3, 2).ceilMode());
    GOLDEN.check(
        "lp inf 3",
        in ->
            new Tensor[] {Functional.lpPool3d(in[0], Double.POSITIVE_INFINITY, PoolOptions.of(2))});
    both("average 3 divisor", new AvgPool3d(3).divisorOverride(5));
  }

  @Test
  void fractional() {
    GOLDEN.check(
        "fractional 2",
        in ->
            both(
                new FractionalMaxPool2d(2)
                    .outputSize(3)
                    .samples(in[1].detach())
                    .callWithIndices(in[0])));
    GOLDEN.check(
        "fractional 3",
        in ->
            both(
                new FractionalMaxPool3d(2)
                    .outputSize(2)
                    .samples(in[1].detach())
                    .callWithIndices(in[0])));
    GOLDEN.check(
        "fractional 2 ratio",
        in ->
            new Tensor[] {
              new FractionalMaxPool2d(2).outputRatio(0.5).samples(in[1].detach()).call(in[0])
            });
    GOLDEN.check(
        "fractional 3 ratio",
        in ->
            new Tensor[] {
              new FractionalMaxPool3d(2).outputRatio(0.5).samples(in[1].detach()).call(in[0])
            });
    Tensor random =
        new FractionalMaxPool2d(2).outputSize(3, 4).call(Tensor.ones(Shape.of(2, 7, 9)));
    assertThat(random.shape()).isEqualTo(Shape.of(2, 3, 4));
  }

  @Test
  void sizes() throws IOException {
    both("max 2 sizes", new MaxPool2d(3, 2).stride(2, 1).padding(0, 1).dilation(1, 3));
    both("adaptive average null", new AdaptiveAvgPool2d(Functional.SAME, 3));
    both("adaptive max null", new AdaptiveMaxPool2d(2, Functional.SAME));
    GOLDEN.check("max empty", new MaxPool2d(2));
  }

  @Test
  void nanAndInfinities() {
    for (boolean last : new boolean[] {false, true}) {
      GOLDEN.check(
          "max special",
          in -> both(new MaxPool2d(3).stride(2).padding(1).callWithIndices(order(in[0], last))));
      GOLDEN.check(
          "average special",
          in -> new Tensor[] {new AvgPool2d(3).stride(2).padding(1).call(order(in[0], last))});
      GOLDEN.check(
          "adaptive special",
          in -> both(new AdaptiveMaxPool2d(3).callWithIndices(order(in[0], last))));
    }
  }

  private static Tensor order(Tensor x, boolean last) {
    return last ? x.movedim(1, -1).contiguous().movedim(-1, 1) : x;
  }

  @Test
  void prints() {
    assertThat(new MaxPool2d(2))
        .hasToString("MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
    assertThat(new MaxPool2d(3, 2).stride(2, 1).ceilMode())
        .hasToString(
            "MaxPool2d(kernel_size=(3, 2), stride=(2, 1), padding=0, dilation=1, ceil_mode=True)");
    assertThat(new AvgPool1d(2))
        .hasToString("AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))");
    assertThat(new AvgPool2d(2)).hasToString("AvgPool2d(kernel_size=2, stride=2, padding=0)");
    assertThat(new AdaptiveAvgPool2d(1, 1)).hasToString("AdaptiveAvgPool2d(output_size=(1, 1))");
    assertThat(new AdaptiveMaxPool1d(3)).hasToString("AdaptiveMaxPool1d(output_size=3)");
    assertThat(new MaxUnpool2d(2))
        .hasToString("MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))");
    assertThat(new LPPool2d(2, 3))
        .hasToString("LPPool2d(norm_type=2.0, kernel_size=3, stride=None, ceil_mode=False)");
    assertThat(new FractionalMaxPool2d(2).outputSize(3)).hasToString("FractionalMaxPool2d()");
  }

  @Test
  void errors() {
    Tensor x = Tensor.ones(Shape.of(2, 3, 4, 4));
    assertThatThrownBy(() -> new MaxPool2d(2).call(Tensor.ones(Shape.of(3, 4))))
        .isInstanceOf(ShapeException.class)
        .hasMessage("maxPool2d: expects an input of 3 or 4 dimensions, got shape [3, 4]");
    assertThatThrownBy(() -> new MaxPool2d(2, 2, 2).call(x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("one kernel size for all or one for each, not [2, 2, 2]");
    assertThatThrownBy(() -> new AvgPool2d(2).divisorOverride(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must not be 0");
    assertThatThrownBy(() -> Functional.avgPool2d(x, PoolOptions.of(2).dilation(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("averages have no dilation");
    assertThatThrownBy(() -> new FractionalMaxPool2d(2).call(x))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("needs outputSize(...) or outputRatio(...)");
    assertThatThrownBy(() -> new FractionalMaxPool3d(2).outputRatio(0.5, 0.5))
        .hasMessageContaining("takes one ratio or 3, not 2");
    assertThatThrownBy(() -> Functional.maxUnpool2d(x, x, 8, 8))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining(
            "indices must be int64 of the input's shape [2, 3, 4, 4], got float32");
    assertThatThrownBy(() -> Functional.lpPool2d(x, 0, PoolOptions.of(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("normType must not be 0");
  }
}
