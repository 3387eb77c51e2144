package io.arclight.spark.launch;

import io.arclight.distributed.Communicator;
import io.arclight.distributed.ReduceOp;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import org.apache.spark.unsafe.Platform;

/** Collectives over plain numbers. */
final class Numbers {
  private Numbers() {}

  /**
   * The sum over all ranks of {@code count} copies of {@code value}, computed in one collective.
   */
  static double allReduce(Communicator communicator, double value, int count) {
    try (Scope scope = Scope.open()) {
      Storage storage = Storage.allocate(Device.CPU, 8L * count);
      for (int i = 0; i < count; i++) {
        Platform.putDouble(null, storage.address() + 8L * i, value);
      }
      communicator.allReduce(storage.address(), count, DType.FLOAT64, ReduceOp.SUM).await();
      return Platform.getDouble(null, storage.address() + 8L * (count - 1));
    }
  }
}
