package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.ConvolutionDataOp;
import io.arclight.tensor.op.ConvolutionOp;
import io.arclight.tensor.op.Op;
import java.util.function.UnaryOperator;

/** Convolutions of {@code n} spatial dimensions, with or without a batch. */
final class Convolve {
  private Convolve() {}

  static Tensor forward(int n, Tensor input, Tensor weight, Tensor bias, ConvOptions given) {
    String op = "conv" + n + "d";
    ConvOptions options = given.each(op, n);
    requireRank(op, weight, n + 2, "[out, in / groups, kernel]");
    long[][] padding = padding(op, options, weight.shape());
    Op call =
        new ConvolutionOp(
            options.stride(),
            Shape.of(padding[0]),
            Shape.of(padding[1]),
            options.dilation(),
            options.groups());
    return batched(
        op,
        n,
        input,
        x -> bias == null ? Tensor.apply(call, x, weight) : Tensor.apply(call, x, weight, bias));
  }

  /** Elements before and after each dimension, of a weight [out, in, kernel]. */
  static long[][] padding(String op, ConvOptions options, Shape weight) {
    long[] before = options.padding().toArray();
    long[] after = options.padding().toArray();
    if (options.rule() == Padding.SAME) {
      if (!Sizes.all(options.stride(), 1)) {
        throw new IllegalArgumentException(
            op
                + ": padding SAME keeps the sizes with a stride of 1 only, not "
                + options.stride()
                + ": give the padding in numbers");
      }
      for (int i = 0; i < before.length; i++) {
        long total = options.dilation().dim(i) * (weight.dim(i + 2) - 1);
        before[i] = total / 2;
        after[i] = total - before[i];
      }
    }
    return new long[][] {before, after};
  }

  static Tensor transposed(
      int n, Tensor input, Tensor weight, Tensor bias, ConvTransposeOptions given) {
    String op = "conv_transpose" + n + "d";
    ConvTransposeOptions options = given.each(op, n);
    requireRank(op, weight, n + 2, "[in, out / groups, kernel]");
    for (int i = 0; i < n; i++) {
      long extra = options.outputPadding().dim(i);
      long most = Math.max(options.stride().dim(i), options.dilation().dim(i));
      if (extra >= most) {
        throw new IllegalArgumentException(
            "%s: output padding %s must be smaller than stride %s or dilation %s"
                .formatted(op, options.outputPadding(), options.stride(), options.dilation()));
      }
    }
    return batched(op, n, input, x -> transposed(op, x, weight, bias, options));
  }

  private static Tensor transposed(
      String op, Tensor input, Tensor weight, Tensor bias, ConvTransposeOptions o) {
    int n = o.stride().rank();
    long[] sizes = new long[n];
    long[] after = new long[n];
    long[] beyond = new long[n];
    boolean unreached = false;
    for (int i = 0; i < n; i++) {
      long extra = o.outputPadding().dim(i);
      sizes[i] = least(input.dim(i + 2), weight.dim(i + 2), o, i) + extra;
      if (sizes[i] < 1) {
        throw new ShapeException(
            "%s: an input %s, weight %s, stride %s, padding %s and output padding %s give a size of %d"
                .formatted(
                    op,
                    input.shape(),
                    weight.shape(),
                    o.stride(),
                    o.padding(),
                    o.outputPadding(),
                    sizes[i]));
      }
      // What the stride does not skip is as if there were less padding, or beyond the kernel.
      long skipped = Math.min(extra, o.stride().dim(i) - 1);
      after[i] = o.padding().dim(i) - (extra - skipped);
      beyond[i] = Math.max(0, -after[i]);
      after[i] += beyond[i];
      sizes[i] -= beyond[i];
      unreached |= beyond[i] > 0;
    }
    Op call =
        new ConvolutionDataOp(
            Shape.of(sizes), o.stride(), o.padding(), Shape.of(after), o.dilation(), o.groups());
    if (bias != null && !unreached) {
      return Tensor.apply(call, input, weight, bias);
    }
    Tensor out = Tensor.apply(call, input, weight);
    for (int i = 0; i < n; i++) {
      out = beyond[i] > 0 ? out.pad(i + 2, 0, beyond[i], 0) : out;
    }
    long[] channels = new long[n + 1];
    java.util.Arrays.fill(channels, 1);
    channels[0] = weight.dim(1) * o.groups();
    return bias == null ? out : out.add(bias.reshape(channels));
  }

  /** The smallest size of the result in dimension {@code i}. */
  static long least(long input, long kernel, ConvTransposeOptions o, int i) {
    return (input - 1) * o.stride().dim(i)
        - 2 * o.padding().dim(i)
        + o.dilation().dim(i) * (kernel - 1)
        + 1;
  }

  /** An input without a batch is a batch of one. */
  static Tensor batched(String op, int n, Tensor input, UnaryOperator<Tensor> call) {
    if (input.rank() == n + 1) {
      return call.apply(input.unsqueeze(0)).squeeze(0);
    }
    requireRank(op, input, n + 2, "[n, channels, " + n + " sizes] or one without n");
    return call.apply(input);
  }

  static void requireRank(String op, Tensor t, int rank, String expected) {
    if (t.rank() != rank) {
      throw new ShapeException("%s: expects %s, got %s".formatted(op, expected, t.shape()));
    }
  }
}
