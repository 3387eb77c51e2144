package io.arclight.tensor.op;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** What normalisations ask of their inputs. */
final class NormChecks {
  private NormChecks() {}

  /** [n, channels, ...] of a floating-point dtype. */
  static void requireChannels(String op, Tensor x) {
    RowOps.requireFloat(op, x);
    if (x.rank() < 2) {
      throw new ShapeException(
          op + ": needs an input [n, channels, ...] of at least 2 dimensions, got " + x.shape());
    }
  }

  /** One number for each of {@code n} channels, in the input's dtype or its accumulator. */
  static void requireNumbers(String op, String what, Tensor numbers, Tensor x, long n) {
    if (numbers.rank() != 1 || numbers.dim(0) != n) {
      throw new ShapeException(
          op
              + ": "
              + what
              + " must have a number for each of the "
              + n
              + " channels of the input "
              + x.shape()
              + ", got shape "
              + numbers.shape());
    }
    if (numbers.dtype() != x.dtype() && numbers.dtype() != x.dtype().accumulator()) {
      throw new DTypeException(
          op
              + ": "
              + what
              + " "
              + numbers.dtype()
              + " must have the input's dtype "
              + x.dtype()
              + ": convert with to(dtype)");
    }
    Elementwise.sameDevice(op, x, numbers);
  }

  /** Of a normalisation whose inputs are {@code x}, or {@code x}, weight and bias. */
  static void requireAffine(String op, Tensor... in) {
    if (in.length != 1 && in.length != 3) {
      throw new ShapeException(
          op + ": takes an input, or an input, weight and bias, not " + in.length + " tensors");
    }
    for (int i = 1; i < in.length; i++) {
      requireNumbers(op, i == 1 ? "weight" : "bias", in[i], in[0], in[0].dim(1));
    }
  }

  /** [channels] as [1, channels, 1...] for {@code x}. */
  static Tensor beside(Tensor numbers, Tensor x) {
    long[] dims = new long[x.rank()];
    java.util.Arrays.fill(dims, 1);
    dims[1] = numbers.dim(0);
    return numbers.reshape(dims);
  }
}
