package io.arclight.spark.feed;

import io.arclight.distributed.Communicator;
import io.arclight.distributed.ReduceOp;
import io.arclight.distributed.Work;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import java.util.function.Supplier;

/** Sums availability by all-reduce. */
record CommunicatorExchange(Communicator communicator) implements AvailabilityExchange {

  @Override
  public Supplier<long[]> start(long[] local) {
    // Waited for on another thread, so no scope of this one may own it.
    Tensor sum = Tensor.of(local).keep();
    Work work = communicator.allReduce(sum.address(), local.length, DType.INT64, ReduceOp.SUM);
    return () -> {
      work.await();
      try (sum) {
        return sum.toLongs();
      }
    };
  }
}
