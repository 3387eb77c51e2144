package io.arclight.spark;

import io.arclight.distributed.Communicator;
import io.arclight.distributed.ReduceOp;
import io.arclight.distributed.Work;
import io.arclight.spark.feed.AvailabilityExchange;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.HostMemory;
import java.util.function.Supplier;

/** Small vectors summed over all ranks. */
final class GlobalSum implements AvailabilityExchange {
  private final Communicator communicator;

  GlobalSum(Communicator communicator) {
    this.communicator = communicator;
  }

  @Override
  public Supplier<long[]> start(long[] local) {
    Tensor values = block(local.length, DType.INT64);
    for (int i = 0; i < local.length; i++) {
      HostMemory.putInt64(values.address() + 8L * i, local[i]);
    }
    Work work = communicator.allReduce(values.address(), local.length, DType.INT64, ReduceOp.SUM);
    return () -> {
      work.await();
      long[] sum = new long[local.length];
      for (int i = 0; i < sum.length; i++) {
        sum[i] = HostMemory.int64(values.address() + 8L * i);
      }
      values.close();
      return sum;
    };
  }

  /** As {@link #start}, for doubles. */
  Supplier<double[]> start(double... local) {
    Tensor values = block(local.length, DType.FLOAT64);
    for (int i = 0; i < local.length; i++) {
      HostMemory.putFloat64(values.address() + 8L * i, local[i]);
    }
    Work work = communicator.allReduce(values.address(), local.length, DType.FLOAT64, ReduceOp.SUM);
    return () -> {
      work.await();
      double[] sum = new double[local.length];
      for (int i = 0; i < sum.length; i++) {
        sum[i] = HostMemory.float64(values.address() + 8L * i);
      }
      values.close();
      return sum;
    };
  }

  /** Outlives the step's scope: the ring may still work on it when the step has ended. */
  private static Tensor block(int count, DType dtype) {
    return Tensor.empty(Shape.of(count), dtype, Device.CPU).keep();
  }
}
