package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/**
 * Convolutions as matrix products of float32 or float64, where no library has them: each row of a
 * matrix holds what the kernel sees at one position. The gradient by the input is such a product
 * too, of the gradient with zeros between its elements, and the kernel reversed.
 */
final class ConvolutionProducts {
  /** Elements of the matrix that are there at a time. */
  private static final long MOST = 4_000_000;

  private final Window window;
  private final DType dtype;
  private final Device device;

  /** Kernel sizes. */
  private final Shape kernel;

  private ConvolutionProducts(Window window, Tensor like, Shape kernel) {
    this.window = window;
    this.dtype = like.dtype();
    this.device = like.device();
    this.kernel = kernel;
  }

  static Tensor run(Op op, Spec spec, Tensor... in) {
    if (op instanceof ConvolutionOp c) {
      Window w = new Window(c.stride(), c.before(), c.after(), c.dilation(), c.groups());
      Shape kernel = Convolving.sizes(in[1].shape());
      return new ConvolutionProducts(w, in[0], kernel).forward(spec, in);
    }
    if (op instanceof ConvolutionDataOp d) {
      Window w = new Window(d.stride(), d.before(), d.after(), d.dilation(), d.groups());
      Shape kernel = Convolving.sizes(in[1].shape());
      return new ConvolutionProducts(w, in[0], kernel).data(spec, in);
    }
    ConvolutionWeightOp v = (ConvolutionWeightOp) op;
    Window w = new Window(v.stride(), v.before(), v.after(), v.dilation(), v.groups());
    return new ConvolutionProducts(w, in[0], v.kernel()).weight(spec, in[0], in[1]);
  }

  private Tensor forward(Spec spec, Tensor... in) {
    Tensor out = ChannelsLast.allocate("convolution", spec);
    long[] lengths = Convolving.sizes(in[0].shape()).toArray();
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] += window.before().dim(i) + window.after().dim(i);
    }
    Tensor padded = placed(in[0], Shape.of(lengths), window.before().toArray(), 1);
    Tensor image = ChannelsLast.turned(out);
    multiply(padded, window.stride(), columns(in[1], false), image);
    if (in.length > 2) {
      Convolving.addInto(out, in[2]);
    }
    return out;
  }

  private Tensor data(Spec spec, Tensor... in) {
    int n = window.rank();
    long[] lengths = spec.shape().toArray();
    long[] offsets = new long[n];
    long[] steps = new long[n];
    for (int i = 0; i < n; i++) {
      long reach = window.reach(i, kernel.dim(i)) - 1;
      lengths[i + 2] += reach;
      offsets[i] = reach - window.before().dim(i);
      steps[i] = 1;
    }
    Shape sizes = Convolving.sizes(Shape.of(lengths));
    Tensor spread = placed(in[0], sizes, offsets, window.stride());
    Tensor out = ChannelsLast.allocate("convolution", spec);
    multiply(spread, Shape.of(steps), columns(in[1], true), ChannelsLast.turned(out));
    if (in.length > 2) {
      Convolving.addInto(out, in[2]);
    }
    return out;
  }

  private Tensor weight(Spec spec, Tensor x, Tensor g) {
    long groups = window.groups();
    long[] lengths = Convolving.sizes(x.shape()).toArray();
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] += window.before().dim(i) + window.after().dim(i);
    }
    Tensor padded = placed(x, Shape.of(lengths), window.before().toArray(), 1);
    Tensor gradient = ChannelsLast.turned(ChannelsLast.of(g));
    long depth = spec.shape().elements() / spec.shape().dim(0);
    long outputs = spec.shape().dim(0) / groups;
    Tensor sum = allocate(groups, depth, outputs);
    long chunk = chunk(gradient, depth * groups);
    for (long n = 0; n < x.dim(0); n += chunk) {
      long count = Math.min(chunk, x.dim(0) - n);
      Tensor rows = rows(part(padded, n, count), part(gradient, n, count), window.stride());
      Tensor right = grouped(part(gradient, n, count));
      Matrix.multiply(
          rows.withLayout(rows.layout().permute(new int[] {0, 2, 1})),
          right,
          sum,
          n == 0 ? Matrix.Into.OVERWRITE : Matrix.Into.ADD);
    }
    // [groups, kernel, in, out] to [groups, out, in, kernel].
    int k = kernel.rank();
    long[] dims = new long[k + 3];
    dims[0] = groups;
    System.arraycopy(kernel.toArray(), 0, dims, 1, k);
    dims[k + 1] = spec.shape().dim(1);
    dims[k + 2] = outputs;
    int[] order = new int[k + 3];
    order[1] = k + 2;
    order[2] = k + 1;
    for (int i = 0; i < k; i++) {
      order[i + 3] = i + 1;
    }
    Tensor apart = sum.withLayout(Layout.contiguous(Shape.of(dims)).permute(order));
    Tensor out = allocate(apart.shape().toArray());
    Pointwise.SECOND.evalInto(out, out, apart);
    return out.withLayout(Layout.contiguous(spec.shape()));
  }

  private Tensor allocate(long... dims) {
    return Tensor.allocate("convolution", Shape.of(dims), dtype, device);
  }

  /**
   * [n, lengths, c] of zeros, with the elements of [n, c, ...] at {@code offsets}, {@code steps}
   * apart, as far as they are inside.
   */
  private Tensor placed(Tensor t, Shape lengths, long[] offsets, Shape steps) {
    Tensor from = ChannelsLast.turned(t);
    long[] dims = from.shape().toArray();
    System.arraycopy(lengths.toArray(), 0, dims, 1, lengths.rank());
    Shape shape = Shape.of(dims);
    boolean same = shape.equals(from.shape()) && from.isContiguous();
    for (long offset : offsets) {
      same &= offset == 0;
    }
    if (same) {
      return from;
    }
    Tensor out = Tensor.zeros(shape, dtype, device);
    Layout target = out.layout();
    Layout source = from.layout();
    for (int i = 0; i < lengths.rank(); i++) {
      int d = i + 1;
      long step = steps.dim(i);
      long first = offsets[i] >= 0 ? 0 : (-offsets[i] + step - 1) / step;
      long last = Math.min(from.dim(d) - 1, Math.floorDiv(lengths.dim(i) - 1 - offsets[i], step));
      if (last < first) {
        return out;
      }
      long at = offsets[i] + first * step;
      target = new ViewOp.Slice(d, at, at + (last - first) * step + 1, step).layout(target);
      source = new ViewOp.Slice(d, first, last + 1, 1).layout(source);
    }
    Tensor place = out.withLayout(target);
    Pointwise.SECOND.evalInto(place, place, from.withLayout(source));
    return out;
  }

  private Tensor placed(Tensor t, Shape lengths, long[] offsets, long step) {
    long[] steps = new long[offsets.length];
    java.util.Arrays.fill(steps, step);
    return placed(t, lengths, offsets, Shape.of(steps));
  }

  /** {@code count} images from {@code n} on. */
  private static Tensor part(Tensor images, long n, long count) {
    return images.withLayout(new ViewOp.Slice(0, n, n + count, 1).layout(images.layout()));
  }

  private static long chunk(Tensor image, long depth) {
    long positions = image.elements() / image.dim(0) / image.dim(-1);
    return Math.max(1, MOST / Math.max(1, positions * depth));
  }

  /** Every position of {@code image} [n, ..., o] from what the kernel sees of {@code from}. */
  private void multiply(Tensor from, Shape stride, Tensor columns, Tensor image) {
    long chunk = chunk(image, columns.dim(1) * window.groups());
    for (long n = 0; n < image.dim(0); n += chunk) {
      long count = Math.min(chunk, image.dim(0) - n);
      Tensor out = part(image, n, count);
      Tensor rows = rows(part(from, n, count), out, stride);
      Matrix.multiply(rows, columns, grouped(out), Matrix.Into.OVERWRITE);
    }
  }

  /** [n, ..., groups * k] as [groups, n * ..., k], by strides. */
  private Tensor grouped(Tensor image) {
    long channels = image.dim(-1);
    long k = channels / window.groups();
    long rows = image.elements() / channels;
    return image.withLayout(
        new Layout(
            Shape.of(window.groups(), rows, k),
            new long[] {k, channels, 1},
            image.layout().offset()));
  }

  /** [groups, positions, kernel * in]: what the kernel sees, for every position of the image. */
  private Tensor rows(Tensor from, Tensor image, Shape stride) {
    int k = kernel.rank();
    long channels = from.dim(-1);
    long in = channels / window.groups();
    long[] dims = new long[2 * k + 3];
    long[] strides = new long[2 * k + 3];
    dims[0] = window.groups();
    strides[0] = in;
    dims[1] = from.dim(0);
    strides[1] = from.strides()[0];
    for (int i = 0; i < k; i++) {
      long step = from.strides()[i + 1];
      dims[i + 2] = image.dim(i + 1);
      strides[i + 2] = step * stride.dim(i);
      dims[k + i + 2] = kernel.dim(i);
      strides[k + i + 2] = step * window.dilation().dim(i);
    }
    dims[2 * k + 2] = in;
    strides[2 * k + 2] = 1;
    Tensor seen = from.withLayout(new Layout(Shape.of(dims), strides, from.layout().offset()));
    Tensor out = allocate(dims);
    Pointwise.SECOND.evalInto(out, out, seen);
    long positions = image.elements() / image.dim(-1);
    return out.withLayout(
        Layout.contiguous(
            Shape.of(window.groups(), positions, out.elements() / window.groups() / positions)));
  }

  /**
   * The weight [groups * out, in, kernel] as [groups, kernel * in, out], or reversed as [groups,
   * kernel * out, in].
   */
  private Tensor columns(Tensor weight, boolean reversed) {
    int k = kernel.rank();
    long groups = window.groups();
    long outputs = weight.dim(0) / groups;
    long[] s = weight.strides();
    long[] dims = new long[k + 3];
    long[] strides = new long[k + 3];
    long offset = weight.layout().offset();
    dims[0] = groups;
    strides[0] = outputs * s[0];
    for (int i = 0; i < k; i++) {
      dims[i + 1] = kernel.dim(i);
      strides[i + 1] = reversed ? -s[i + 2] : s[i + 2];
      offset += reversed ? (kernel.dim(i) - 1) * s[i + 2] : 0;
    }
    int in = reversed ? k + 2 : k + 1;
    int out = reversed ? k + 1 : k + 2;
    dims[in] = weight.dim(1);
    strides[in] = s[1];
    dims[out] = outputs;
    strides[out] = s[0];
    Tensor view = weight.withLayout(new Layout(Shape.of(dims), strides, offset));
    Tensor copy = allocate(dims);
    Pointwise.SECOND.evalInto(copy, copy, view);
    long last = dims[k + 2];
    return copy.withLayout(
        Layout.contiguous(Shape.of(groups, copy.elements() / groups / last, last)));
  }
}
