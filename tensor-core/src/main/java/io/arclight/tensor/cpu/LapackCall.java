package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.DeviceException;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Storage;

/**
 * One call of a Fortran routine of LAPACK: the arguments in their order, then {@link #run()}.
 * Fortran takes everything by address and the lengths of its character arguments at the end.
 */
final class LapackCall {
  private static final int MOST = NativeBinder.INVOKE_ARGUMENTS;
  private static final ThreadLocal<LapackCall> CURRENT = ThreadLocal.withInitial(LapackCall::new);

  private static final class Invoker {
    static final long ADDRESS = Llvm.instance().address(NativeBinder.INVOKE);
  }

  private final Storage block = Storage.allocate(Device.CPU, 16L * MOST, "arguments");
  private final long slots;
  private final long values;
  private String routine;
  private long function;
  private int count;
  private int characters;

  private LapackCall() {
    block.keep();
    slots = block.address();
    values = slots + 8L * MOST;
  }

  /** A call of {@code routine} for {@code dtype}, such as getrf: s- and dgetrf. */
  static LapackCall of(String routine, DType dtype) {
    String name = prefix(dtype) + routine;
    long function = OpenBlas.symbol(name + '_');
    if (function == 0) {
      throw new DeviceException(
          "linear algebra needs the routine "
              + name
              + " of OpenBLAS, and LLVM to call it: put the natives of both for this platform on"
              + " the class path");
    }
    LapackCall call = CURRENT.get();
    call.routine = name;
    call.function = function;
    call.count = 0;
    call.characters = 0;
    return call;
  }

  private static char prefix(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> 's';
      case FLOAT64 -> 'd';
      case COMPLEX64 -> 'c';
      case COMPLEX128 -> 'z';
      default -> throw new IllegalArgumentException("LAPACK has no " + dtype);
    };
  }

  static boolean isComplex(DType dtype) {
    return dtype.isComplex();
  }

  /** The dtype of the parts of a complex one. */
  static DType real(DType dtype) {
    return dtype.toReal();
  }

  LapackCall at(long address) {
    HostMemory.putInt64(slots + 8L * count++, address);
    return this;
  }

  LapackCall of(char option) {
    HostMemory.putInt64(values + 8L * count, option);
    characters++;
    return at(values + 8L * count);
  }

  LapackCall of(long integer) {
    HostMemory.putInt64(values + 8L * count, integer);
    return at(values + 8L * count);
  }

  LapackCall of(DType dtype, double real) {
    if (dtype.bytes() == 4) {
      HostMemory.putFloat32(values + 8L * count, (float) real);
    } else {
      HostMemory.putFloat64(values + 8L * count, real);
    }
    return at(values + 8L * count);
  }

  /**
   * A whole number as {@code dtype}; what follows must be an address, as it may take two places.
   */
  LapackCall number(DType dtype, int number) {
    long at = values + 8L * count;
    HostMemory.putInt64(at, 0);
    HostMemory.putInt64(at + 8, 0);
    return of(dtype.toReal(), number);
  }

  /** Calls a routine whose last argument is its info, and gives that. */
  int run() {
    int info = count;
    of(0);
    invoke();
    int code = HostMemory.int32(values + 8L * info);
    if (code < 0) {
      throw new IllegalStateException(
          "LAPACK's " + routine + " does not take its argument " + -code);
    }
    return code;
  }

  /** Calls a routine that has no info. */
  void invoke() {
    for (int i = 0; i < characters; i++) {
      HostMemory.putInt64(slots + 8L * (count + i), 1);
    }
    NativeCalls.invoke(Invoker.ADDRESS, function, slots, 0, 0);
  }
}
