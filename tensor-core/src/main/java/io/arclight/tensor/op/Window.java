package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Convolution;

/** How the kernel of a convolution moves: an entry for each spatial dimension. */
record Window(Shape stride, Shape before, Shape after, Shape dilation, long groups) {

  int rank() {
    return stride.rank();
  }

  /** As PyTorch names it, such as conv2d. */
  String label() {
    return "conv" + rank() + "d";
  }

  /** Checks all that does not depend on the sizes of the image. */
  void check(Tensor activations, Tensor other, String what) {
    int n = rank();
    if (before.rank() != n || after.rank() != n || dilation.rank() != n || n < 1 || n > 3) {
      throw new ShapeException(
          "convolution: stride %s, padding %s and %s, and dilation %s must have an entry for each"
                  .formatted(stride, before, after, dilation)
              + " of the 1 to 3 spatial dimensions");
    }
    for (int i = 0; i < n; i++) {
      if (stride.dim(i) < 1 || dilation.dim(i) < 1) {
        throw new ShapeException(
            "%s: stride %s and dilation %s must be positive".formatted(label(), stride, dilation));
      }
    }
    if (groups < 1) {
      throw new ShapeException(label() + ": groups must be positive, not " + groups);
    }
    if (activations.rank() != n + 2 || other.rank() != n + 2) {
      throw new ShapeException(
          "%s: expects an input [n, channels, %d sizes] and a %s of as many dimensions, got %s and %s"
              .formatted(label(), n, what, activations.shape(), other.shape()));
    }
    DType dtype = activations.dtype();
    if (dtype != other.dtype() || !dtype.isFloatingPoint()) {
      throw new DTypeException(
          "%s: input and %s must have one floating-point dtype, got %s and %s: convert with to(dtype)%s"
              .formatted(
                  label(),
                  what,
                  dtype,
                  other.dtype(),
                  dtype.isComplex() ? ", complex ones as real and imaginary parts" : ""));
    }
    Elementwise.sameDevice(label(), activations, other);
  }

  /** Checks the channels of a weight [out, in / groups, ...]. */
  void checkWeight(Shape weight) {
    if (weight.dim(0) % groups != 0) {
      throw new ShapeException(
          "%s: the %d output channels of the weight %s do not divide into %d groups"
              .formatted(label(), weight.dim(0), weight, groups));
    }
    for (int i = 2; i < weight.rank(); i++) {
      if (weight.dim(i) == 0) {
        throw new ShapeException(label() + ": the kernel of the weight " + weight + " is empty");
      }
    }
  }

  void checkBias(Tensor bias, Tensor of, long channels) {
    if (!bias.shape().equals(Shape.of(channels))) {
      throw new ShapeException(
          "%s: the bias %s does not fit %d output channels"
              .formatted(label(), bias.shape(), channels));
    }
    if (bias.dtype() != of.dtype()) {
      throw new DTypeException(
          "%s: the bias is %s and the input %s: convert one with to(dtype)"
              .formatted(label(), bias.dtype(), of.dtype()));
    }
    Elementwise.sameDevice(label(), of, bias);
  }

  /** Elements that the kernel reaches over along spatial dimension {@code i}. */
  long reach(int i, long kernel) {
    return dilation.dim(i) * (kernel - 1) + 1;
  }

  /** [n, channels, ...] that a kernel of the sizes in {@code weight} gives of {@code input}. */
  Shape output(Shape input, long channels, Shape weight) {
    long[] out = input.toArray();
    out[1] = channels;
    for (int i = 0; i < rank(); i++) {
      long padded = input.dim(i + 2) + before.dim(i) + after.dim(i);
      long reach = reach(i, weight.dim(i + 2));
      if (reach > padded) {
        throw new ShapeException(
            "%s: the kernel reaches over %d elements of dimension %d, more than the padded input's"
                    .formatted(label(), reach, i + 2)
                + " %d (input %s, weight %s, padding %d and %d, dilation %d): use more padding or a smaller kernel"
                    .formatted(
                        padded, input, weight, before.dim(i), after.dim(i), dilation.dim(i)));
      }
      out[i + 2] = (padded - reach) / stride.dim(i) + 1;
    }
    return Shape.of(out);
  }

  Window withGroups(long next) {
    return new Window(stride, before, after, dilation, next);
  }

  /** For libraries. */
  Convolution convolution(
      Convolution.Direction direction,
      DType dtype,
      Shape input,
      Shape output,
      Shape weight,
      boolean biased) {
    return new Convolution(
        direction, dtype, input, output, weight, stride, before, after, dilation, groups, biased);
  }
}
