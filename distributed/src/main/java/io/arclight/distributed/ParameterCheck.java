package io.arclight.distributed;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.zip.CRC32C;

/** Compares parameters across ranks by checksum. */
final class ParameterCheck {
  private static final int STRIDE = 1 << 30;

  private ParameterCheck() {}

  /**
   * Returns if all ranks hold the same bytes.
   *
   * @throws ParameterMismatchException on all ranks, naming the first parameter that differs and
   *     each rank's checksum
   */
  static void requireEqual(Map<String, Tensor> parameters, Communicator group) {
    int count = parameters.size();
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      Tensor own = Tensor.empty(Shape.of(count), DType.INT64, Device.CPU);
      Tensor all = Tensor.empty(Shape.of((long) count * group.size()), DType.INT64, Device.CPU);
      int index = 0;
      for (Tensor parameter : parameters.values()) {
        HostMemory.putInt64(own.address() + 8L * index++, checksum(parameter));
      }
      group.allGather(own, all).await();
      compare(parameters, all.toLongs(), group.size());
    }
  }

  private static void compare(Map<String, Tensor> parameters, long[] checksums, int size) {
    int index = 0;
    for (String name : parameters.keySet()) {
      StringBuilder ranks = new StringBuilder();
      boolean differs = false;
      for (int rank = 0; rank < size; rank++) {
        long checksum = checksums[rank * parameters.size() + index];
        differs |= checksum != checksums[index];
        ranks.append(", rank ").append(rank).append(": ").append(Long.toHexString(checksum));
      }
      if (differs) {
        throw new ParameterMismatchException(
            "parameter "
                + name
                + " has different values on the ranks (checksums"
                + ranks.substring(1)
                + "): it was changed outside the joined training step, or the ranks' kernels differ;"
                + " restart from the last checkpoint");
      }
      index++;
    }
  }

  private static long checksum(Tensor tensor) {
    Tensor host = tensor.to(Device.CPU).contiguous();
    CRC32C checksum = new CRC32C();
    ByteBuffer view = RawMemory.view();
    long bytes = host.elements() * host.dtype().bytes();
    for (long at = 0; at < bytes; at += STRIDE) {
      int length = (int) Math.min(STRIDE, bytes - at);
      checksum.update(RawMemory.aim(view, host.address() + at, length));
    }
    return checksum.getValue();
  }
}
