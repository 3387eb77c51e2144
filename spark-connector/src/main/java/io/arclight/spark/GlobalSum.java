package io.arclight.spark;

import io.arclight.distributed.Communicator;
import io.arclight.distributed.ReduceOp;
import io.arclight.distributed.Work;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import java.util.function.Supplier;

/** Small vectors summed over all ranks. */
final class GlobalSum {
  private final Communicator communicator;

  GlobalSum(Communicator communicator) {
    this.communicator = communicator;
  }

  /** Starts the sum; what it returns waits for it. */
  Supplier<double[]> start(double... local) {
    // The ring may still work on it when the step's scope has ended.
    Tensor values = Tensor.of(local).keep();
    Work work = communicator.allReduce(values.address(), local.length, DType.FLOAT64, ReduceOp.SUM);
    return () -> {
      work.await();
      try (values) {
        return values.toDoubles();
      }
    };
  }
}
