package io.arclight.tensor;

import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.memory.HostMemory;
import java.util.List;

/** How work runs and bytes move on one kind of device. */
public abstract class Backend {

  /** A call into a library, on addresses that the library's thread can read. */
  @FunctionalInterface
  public interface LibraryCall {
    void run(long[] addresses);
  }

  /** The backend of {@code device}, or a DeviceException saying what is missing. */
  public static Backend of(Device device) {
    return switch (device.kind()) {
      case CPU -> CpuBackend.INSTANCE;
      case QUEUE -> QueueBackend.INSTANCE;
      case CUDA ->
          throw new DeviceException(
              device + ": this build has no CUDA backend; use device cpu (or auto)");
    };
  }

  abstract void launch(
      Executable kernel,
      String op,
      long rows,
      long rowWork,
      Tensor[] buffers,
      long[] params,
      Object detail);

  abstract void launchAll(Executable kernel, String op, long rowWork, List<Segment> segments);

  /** Runs {@code call} in order with the device's other work. */
  public abstract void library(LibraryCall call, Tensor... operands);

  /** Copies {@code bytes} between addresses of this device and the host. */
  abstract void toHost(Tensor source, long hostAddress, long bytes);

  abstract void fromHost(long hostAddress, Tensor target, long bytes);

  /** Waits for all work and raises the first run-time data error of it. */
  public abstract void synchronize();

  static void raise(long slot, String op, Object detail) {
    long code = HostMemory.int64(slot);
    if (code == 0) {
      return;
    }
    long row = HostMemory.int64(slot + 8);
    long value = HostMemory.int64(slot + 16);
    HostMemory.putInt64(slot, 0);
    if (detail instanceof ErrorText text) {
      throw new DataException(op + ": " + text.of(row, value));
    }
    String suffix = detail == null ? "" : " (" + detail + ")";
    throw new DataException(
        switch (ErrorCode.values()[(int) code]) {
          case INDEX_OUT_OF_RANGE -> op + ": index " + value + " is out of range" + suffix;
          case INTEGER_DIVISION_BY_ZERO -> op + ": integer division by zero at row " + row + suffix;
          case CLASS_OUT_OF_RANGE ->
              op + ": target " + value + " at row " + row + " is not a class" + suffix;
          case INVALID_PROBABILITY -> op + ": invalid probability at row " + row + suffix;
          case OUT_OF_DOMAIN ->
              op + ": the value at position " + row + " is outside the domain" + suffix;
          case NONE -> throw new IllegalStateException("no error");
        });
  }
}
