package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.GuardedMemory;
import io.arclight.tensor.memory.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No operation touches memory beside its tensors, each of which ends where a guard page begins. */
@Timeout(120)
class GuardedOpsTest {
  private static final int PARTS = 4;
  private static final long[] SIZES = {1, 2, 3, 7, 16, 33, 70, 150};

  /** In parts, as every kernel has to be compiled first on a machine that has none yet. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void operationsStayInTheirBuffers(int part) throws Exception {
    GuardedMemory.requireCleanRun(GuardedOpsTest.class, Integer.toString(part));
  }

  @Test
  void largeOnesDoToo() throws Exception {
    GuardedMemory.requireCleanRun(GuardedOpsTest.class);
  }

  public static void main(String[] arguments) {
    GuardedMemory.install();
    if (arguments.length == 0) {
      large();
      products();
      return;
    }
    List<OpsTest.Case> cases = OpsTest.cases().toList();
    for (int i = Integer.parseInt(arguments[0]); i < cases.size(); i += PARTS) {
      samples(cases.get(i));
    }
  }

  private static void samples(OpsTest.Case c) {
    GuardedMemory.next("samples of " + c);
    try (Scope scope = Scope.open()) {
      for (Sample s : c.info().samples().apply(new SampleInputs(c.dtype(), Device.CPU))) {
        GuardedMemory.next(c + ": " + s);
        Tensor[] dense = s.inputs().stream().map(Tensor::copy).toArray(Tensor[]::new);
        s.run(dense);
        if (!(s.op() instanceof ViewOp v && v.ofMemory())) {
          GuardedMemory.next(c + " on views: " + s);
          Tensor[] spread = s.inputs().stream().map(OpsTest::spread).toArray(Tensor[]::new);
          s.run(spread);
        }
      }
    }
  }

  /** What is cut into pieces for threads. */
  private static void large() {
    try (Scope scope = Scope.open()) {
      SampleInputs in = new SampleInputs(DType.FLOAT32, Device.CPU);
      Tensor x = in.any(70_001);
      GuardedMemory.next("70001 floats");
      x.gelu();
      x.sum();
      x.view(70_001, 1).expand(70_001, 2).sum(0);
      GuardedMemory.next("matmul of 300 x 517 x 1100");
      in.any(300, 517).mm(in.any(517, 1100));
      in.any(300, 517).mm(in.any(1100, 517).t());
    }
  }

  /** The libraries have kernels by size and orientation. */
  private static void products() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      SampleInputs in = new SampleInputs(dtype, Device.CPU);
      for (long m : SIZES) {
        for (long k : SIZES) {
          for (long n : SIZES) {
            try (Scope scope = Scope.open()) {
              Tensor a = in.any(m, k);
              Tensor b = in.any(k, n);
              Tensor turnedA = a.t().contiguous().t();
              Tensor turnedB = b.t().contiguous().t();
              GuardedMemory.next("matmul " + dtype + " " + m + " x " + k + " x " + n);
              a.mm(b);
              turnedA.mm(b);
              a.mm(turnedB);
              turnedA.mm(turnedB);
            }
          }
        }
      }
    }
  }
}
