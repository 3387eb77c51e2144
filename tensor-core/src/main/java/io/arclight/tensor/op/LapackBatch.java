package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.Triangle;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.HostMemory;
import java.util.List;
import java.util.function.IntFunction;

/** Runs a routine of LAPACK on every matrix of a batch. */
final class LapackBatch {
  /** The info of a matrix with values that are not finite, which LAPACK may never be done with. */
  static final int NOT_FINITE = Integer.MAX_VALUE;

  /** Operations, roughly, below which a second thread costs more than it brings. */
  private static final long GRAIN = 100_000;

  /** The routine for matrix {@code i}, with the addresses of the operands; gives its info. */
  @FunctionalInterface
  interface One {
    int run(long i, long[] at);
  }

  /** A batch of matrices as LAPACK has them, and what its failures are called. */
  record Call(String op, Check check, Tensor info, IntFunction<String> failure) {
    void run(long work, One one, Tensor... operands) {
      long count = info.elements();
      Tensor[] all = java.util.Arrays.copyOf(operands, operands.length + 1);
      all[operands.length] = info;
      Backend.of(info.device())
          .library(
              at -> {
                long codes = at[operands.length];
                Workers.run(
                    count,
                    1 + GRAIN / Math.max(1, work),
                    (begin, end) -> {
                      for (long i = begin; i < end; i++) {
                        HostMemory.putInt32(codes + 4 * i, one.run(i, at));
                      }
                    });
                if (check == Check.RAISE) {
                  raise(codes, count);
                }
              },
              all);
    }

    private void raise(long codes, long count) {
      for (long i = 0; i < count; i++) {
        int code = HostMemory.int32(codes + 4 * i);
        if (code != 0) {
          String which = info.rank() == 0 ? "" : "batch element " + i + ": ";
          throw new LinAlgException(
              op
                  + ": "
                  + which
                  + (code == NOT_FINITE
                      ? "the matrix has values that are not finite: look for NaN and infinity in"
                          + " what made it"
                      : failure.apply(code)));
        }
      }
    }
  }

  private LapackBatch() {}

  /** A copy in which each matrix is column-major: [..., n, m] without gaps for [..., m, n]. */
  static Tensor columns(Tensor t) {
    Tensor turned = turned(t);
    return Matrices.run(ConvertOp.copy(t.dtype(), t.device()), turned);
  }

  /** The same memory with rows and columns swapped. */
  static Tensor turned(Tensor t) {
    int[] order = new int[t.rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    order[order.length - 1] = order.length - 2;
    order[order.length - 2] = order.length - 1;
    return t.withLayout(t.layout().permute(order));
  }

  /** A copy without gaps. */
  static Tensor dense(Tensor t) {
    return Matrices.run(ConvertOp.copy(t.dtype(), t.device()), t.withLayout(t.layout()));
  }

  static Spec info(Tensor matrix) {
    return new Spec(Matrices.batch(matrix, 2), DType.INT32, matrix.device());
  }

  static void requireFloat(String op, Tensor t) {
    if (!DTypes.LAPACK.contains(t.dtype())) {
      throw new DTypeException(
          op
              + ": expects one of "
              + DTypes.LAPACK
              + ", not "
              + t.dtype()
              + ": convert with to(dtype)");
    }
    if (t.rank() >= 2 && t.dim(-1) * t.dim(-2) > Integer.MAX_VALUE) {
      throw new TensorException(
          op
              + ": a matrix of shape "
              + t.shape()
              + " has more elements than LAPACK counts, 2^31 - 1");
    }
  }

  /** Both of one dtype and device, with the same dimensions before the last two. */
  static void requirePair(String op, Tensor a, Tensor b) {
    requireFloat(op, a);
    if (a.dtype() != b.dtype()) {
      throw new DTypeException(
          op + ": dtypes " + a.dtype() + " and " + b.dtype() + ": convert one with to(dtype)");
    }
    Elementwise.sameDevice(op, a, b);
    if (b.rank() < 2 || !Matrices.batch(a, 2).equals(Matrices.batch(b, 2))) {
      throw new io.arclight.tensor.ShapeException(
          op + ": batches of shapes " + a.shape() + " and " + b.shape() + " do not match");
    }
  }

  /** Whether {@code count} numbers are finite. */
  static boolean finite(DType dtype, long at, long count) {
    int bytes = Matrices.real(dtype).bytes();
    long numbers = count * (dtype.bytes() / bytes);
    for (long i = 0; i < numbers; i++) {
      double value = bytes == 4 ? HostMemory.float32(at + 4 * i) : HostMemory.float64(at + 8 * i);
      if (!Double.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the numbers of one triangle of a column-major [n, n] are finite. */
  static boolean finite(DType dtype, Triangle part, long n, long at) {
    for (long j = 0; j < n; j++) {
      long first = part == Triangle.LOWER ? j : 0;
      long count = part == Triangle.LOWER ? n - j : j + 1;
      if (!finite(dtype, at + (j * n + first) * dtype.bytes(), count)) {
        return false;
      }
    }
    return true;
  }

  static Tensor[] allocate(String op, List<Spec> specs) {
    return specs.stream().map(s -> Tensor.allocate(op, s)).toArray(Tensor[]::new);
  }
}
