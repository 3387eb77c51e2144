package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Generator;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Backward kernels give what the rule made of operations gives, also where they are cut up. */
@Timeout(60)
class FusedBackwardTest {
  private static final long[][] SHAPES = {{3, 40}, {150, 7}, {130, 1100}, {1, 5}, {700, 33}};

  static Stream<Map.Entry<String, Function<Tensor[], Tensor>>> functions() {
    Map<String, Function<Tensor[], Tensor>> all = new LinkedHashMap<>();
    for (int d = 0; d < 2; d++) {
      int dim = d;
      all.put("softmax " + d, x -> x[0].softmax(dim));
      all.put("logSoftmax " + d, x -> x[0].logSoftmax(dim));
      all.put("prod " + d, x -> x[0].prod(dim));
      all.put("var " + d, x -> x[0].var(dim));
      all.put("std " + d, x -> x[0].std(dim));
      all.put("max " + d, x -> x[0].max(dim).values());
      all.put("sort " + d, x -> x[0].sort(dim, Order.ASCENDING).values());
      all.put("median " + d, x -> x[0].median(dim, Dim.Keep.KEEP).values());
      all.put("cummin " + d, x -> x[0].cummin(dim).values());
    }
    all.put("layerNorm", x -> x[0].layerNorm(x[1], x[2], 1e-5));
    return all.entrySet().stream();
  }

  private static double[][] gradients(
      Function<Tensor[], Tensor> function, Tensor[] inputs, GraphUse use) {
    Tensor[] leaves = new Tensor[inputs.length];
    for (int i = 0; i < leaves.length; i++) {
      leaves[i] = inputs[i].copy().requiresGrad(true);
    }
    Tensor y = function.apply(leaves);
    Tensor g = new Generator(3).uniform(y.shape(), DType.FLOAT64, Device.CPU).sub(0.3);
    y.backward(g, use);
    double[][] out = new double[leaves.length][];
    for (int i = 0; i < out.length; i++) {
      out[i] = leaves[i].grad() == null ? new double[0] : leaves[i].grad().toDoubles();
      leaves[i].grad(null);
    }
    return out;
  }

  @ParameterizedTest
  @MethodSource("functions")
  void kernelsGiveWhatOperationsGive(Map.Entry<String, Function<Tensor[], Tensor>> function) {
    for (long[] shape : SHAPES) {
      try (Scope scope = Scope.open()) {
        Generator random = new Generator(7);
        Tensor x = random.uniform(Shape.of(shape), DType.FLOAT64, Device.CPU).add(0.5);
        // Columns with no zero, with one, with two.
        x = x.maskedFill(x.lt(0.5 + 1.0 / shape[0]), 0);
        Tensor w = random.uniform(Shape.of(shape[1]), DType.FLOAT64, Device.CPU);
        Tensor[] inputs = {x, w, w.add(1)};
        double[][] fused = gradients(function.getValue(), inputs, GraphUse.RELEASE);
        double[][] composed = gradients(function.getValue(), inputs, GraphUse.CREATE);
        for (int i = 0; i < inputs.length; i++) {
          assertThat(fused[i]).hasSameSizeAs(composed[i]);
          for (int j = 0; j < fused[i].length; j++) {
            double e = composed[i][j];
            if (Double.compare(fused[i][j], e) != 0) {
              assertThat(fused[i][j])
                  .as("%s of %s, input %d at %d", function.getKey(), x.shape(), i, j)
                  .isCloseTo(e, within(1e-9 * (1 + Math.abs(e))));
            }
          }
        }
      }
    }
  }
}
