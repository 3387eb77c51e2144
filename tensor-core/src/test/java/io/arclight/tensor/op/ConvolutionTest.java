package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a library computes and what products compute; threads; what the samples are too small for.
 */
@Timeout(60)
class ConvolutionTest {
  private final Generator random = new Generator(5);
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    Workers.threads(0);
    scope.close();
  }

  private Tensor values(long... shape) {
    return random.normal(Shape.of(shape), DType.FLOAT32, Device.CPU);
  }

  private static Window window(long stride, long padding, long dilation, long groups, int n) {
    long[] s = new long[n];
    long[] p = new long[n];
    long[] d = new long[n];
    java.util.Arrays.fill(s, stride);
    java.util.Arrays.fill(p, padding);
    java.util.Arrays.fill(d, dilation);
    return new Window(Shape.of(s), Shape.of(p), Shape.of(p), Shape.of(d), groups);
  }

  @Test
  void libraryAndProductsAgree() {
    agree(window(1, 1, 1, 1, 2), values(5, 17, 12, 11), values(33, 17, 3, 3));
    agree(window(2, 3, 1, 1, 2), values(3, 3, 32, 31), values(20, 3, 7, 7));
    agree(window(1, 2, 2, 4, 2), values(2, 32, 9, 9), values(64, 8, 3, 3));
    agree(window(1, 1, 1, 32, 2), values(2, 32, 9, 9), values(32, 1, 3, 3));
    agree(window(2, 0, 1, 1, 2), values(4, 64, 8, 8), values(96, 64, 1, 1));
    agree(window(1, 9, 1, 1, 2), values(1, 4, 5, 5), values(6, 4, 3, 3));
    agree(window(3, 2, 2, 2, 1), values(4, 16, 50), values(24, 8, 5));
    agree(window(2, 1, 1, 1, 3), values(2, 16, 6, 5, 7), values(16, 16, 3, 3, 3));
  }

  private void agree(Window w, Tensor x, Tensor weight) {
    Op forward = new ConvolutionOp(w);
    Tensor y = agree(forward, x, weight);
    Tensor g = values(y.shape().toArray());
    agree(new ConvolutionDataOp(Convolving.sizes(x.shape()), w), g, weight);
    agree(new ConvolutionWeightOp(Convolving.sizes(weight.shape()), false, w), x, g);
  }

  private static Tensor agree(Op op, Tensor... in) {
    Tensor ours = Tensor.apply(op, in);
    Tensor[] wide = {in[0].to(DType.FLOAT64), in[1].to(DType.FLOAT64)};
    Tensor exact = ConvolutionProducts.run(op, op.infer(wide).get(0), wide);
    double difference = ours.to(DType.FLOAT64).sub(exact).abs().max().item();
    assertThat(difference).as(op.toString()).isLessThan(1e-5 * exact.abs().max().item() + 1e-6);
    return ours;
  }

  @Test
  void threadsDoNotChangeBits() {
    Window w = window(1, 1, 1, 1, 2);
    Tensor x = values(19, 32, 20, 20);
    Tensor weight = values(48, 32, 3, 3);
    Tensor bias = values(48);
    Tensor g = values(19, 48, 20, 20);
    List<Supplier<Tensor[]>> calls =
        List.of(
            () -> Tensor.applyAll(new ConvolutionOp(w), x, weight, bias),
            () -> Tensor.applyAll(new ConvolutionDataOp(Shape.of(20, 20), w), g, weight),
            () -> Tensor.applyAll(new ConvolutionWeightOp(Shape.of(3, 3), true, w), x, g));
    for (Supplier<Tensor[]> call : calls) {
      Workers.threads(1);
      Tensor[] alone = call.get();
      Workers.threads(3);
      Tensor[] shared = call.get();
      for (int i = 0; i < alone.length; i++) {
        assertThat(shared[i].toFloats()).isEqualTo(alone[i].toFloats());
      }
    }
  }

  @Test
  void librariesOutliveScopesOfJavaCpp() {
    Op op = new ConvolutionOp(window(1, 0, 1, 1, 2));
    Tensor x = Tensor.ones(Shape.of(1, 2, 4, 4));
    Tensor weight = Tensor.ones(Shape.of(3, 2, 2, 2));
    for (int i = 0; i < 3; i++) {
      try (PointerScope pointers = new PointerScope()) {
        assertThat(Tensor.apply(op, x, weight).sum().item()).isEqualTo(3 * 9 * 8);
        assertThat(Tensor.ones(Shape.of(64, 64)).mm(Tensor.ones(Shape.of(64, 64))).sum().item())
            .isEqualTo(64 * 64 * 64);
      }
    }
  }
}
