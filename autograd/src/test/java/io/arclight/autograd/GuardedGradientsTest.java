package io.arclight.autograd;

import io.arclight.tensor.DType;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.GuardedMemory;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.OpInfo;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No derivative touches memory beside its tensors, each ending where a guard page begins. */
@Timeout(120)
class GuardedGradientsTest {
  @Test
  void derivativesStayInTheirBuffers() throws Exception {
    GuardedMemory.requireCleanRun(GuardedGradientsTest.class);
  }

  public static void main(String[] arguments) {
    GuardedMemory.install();
    OpsGradientTest.operations().forEach(GuardedGradientsTest::derivatives);
  }

  private static void derivatives(OpInfo info) {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      GuardedMemory.next("samples of " + info.name() + " " + dtype);
      try (Scope scope = Scope.open()) {
        for (OpsGradientTest.Differentiable d : OpsGradientTest.functions(info, dtype)) {
          Tensor[] inputs = OpsGradientTest.wanting(d.inputs());
          GuardedMemory.next(
              info.name() + " " + dtype + Arrays.stream(inputs).map(Tensor::shape).toList());
          Tensor[] first = gradients(d.first(inputs), inputs);
          Tensor[] curved =
              Arrays.stream(first)
                  .filter(g -> g != null && g.requiresGrad())
                  .map(g -> g.mul(g).sum())
                  .toArray(Tensor[]::new);
          for (Tensor sum : curved) {
            gradients(sum, inputs);
          }
        }
      }
    }
  }

  private static Tensor[] gradients(Tensor output, Tensor[] inputs) {
    return Autograd.grad(
        List.of(output.isComplex() ? output.real() : output),
        List.of(inputs),
        GradOptions.standard().graph(GraphUse.CREATE).allowUnused());
  }
}
