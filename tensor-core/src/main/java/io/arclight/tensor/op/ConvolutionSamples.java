package io.arclight.tensor.op;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import java.util.List;

/** The table's lines for convolutions. */
final class ConvolutionSamples {
  private ConvolutionSamples() {}

  static List<OpInfo> infos() {
    return List.of(forward(), data(), weight());
  }

  private static Window window(long stride, long padding, long dilation, long groups, int n) {
    return new Window(all(stride, n), all(padding, n), all(padding, n), all(dilation, n), groups);
  }

  private static Shape all(long value, int n) {
    long[] out = new long[n];
    java.util.Arrays.fill(out, value);
    return Shape.of(out);
  }

  private static ConvolutionOp conv(long stride, long padding, long dilation, long groups, int n) {
    return new ConvolutionOp(window(stride, padding, dilation, groups, n));
  }

  private static OpInfo forward() {
    Op same = new ConvolutionOp(all(1, 2), Shape.of(0, 1), Shape.of(1, 2), all(1, 2), 1);
    return new OpInfo(
        "convolution",
        DTypes.FLOATS,
        in ->
            List.of(
                Sample.of(
                        conv(1, 0, 1, 1, 2),
                        in.exactly(2, 3, 5, 4),
                        in.exactly(4, 3, 3, 2),
                        in.exactly(4))
                    .peer("torch.conv2d(x0, x1, x2)"),
                Sample.of(conv(2, 1, 1, 1, 2), in.exactly(2, 3, 6, 5), in.exactly(2, 3, 3, 3))
                    .peer("torch.conv2d(x0, x1, None, [2, 2], [1, 1])"),
                Sample.of(
                        conv(1, 2, 2, 2, 2),
                        in.exactly(1, 4, 5, 5),
                        in.exactly(6, 2, 3, 3),
                        in.exactly(6))
                    .peer("torch.conv2d(x0, x1, x2, [1, 1], [2, 2], [2, 2], 2)"),
                Sample.of(
                        conv(1, 1, 1, 4, 2),
                        in.exactly(2, 4, 4, 4),
                        in.exactly(8, 1, 3, 3),
                        in.exactly(8))
                    .peer("torch.conv2d(x0, x1, x2, [1, 1], [1, 1], [1, 1], 4)"),
                Sample.of(
                        conv(2, 1, 1, 1, 1),
                        in.exactly(2, 2, 7),
                        in.exactly(3, 2, 3),
                        in.exactly(3))
                    .peer("torch.conv1d(x0, x1, x2, [2], [1])"),
                Sample.of(conv(1, 1, 1, 1, 3), in.exactly(1, 2, 3, 4, 3), in.exactly(2, 2, 2, 3, 2))
                    .peer("torch.conv3d(x0, x1, None, [1, 1, 1], [1, 1, 1])"),
                Sample.of(same, in.exactly(2, 2, 4, 4), in.exactly(3, 2, 2, 4), in.exactly(3))
                    .peer("torch.conv2d(torch.constant_pad_nd(x0, [1, 2, 0, 1]), x1, x2)"),
                Sample.of(
                        conv(1, 1, 1, 1, 1),
                        in.exactly(1, 2, 3),
                        in.exactly(2, 2, 3),
                        in.exactly(2))
                    .peer("torch.conv1d(x0, x1, x2, [1], [1])"),
                Sample.of(
                        conv(1, 0, 1, 1, 2),
                        in.exactly(2, 3, 4, 4),
                        in.exactly(5, 3, 1, 1),
                        in.exactly(5))
                    .peer("torch.conv2d(x0, x1, x2)"),
                Sample.of(
                        conv(1, 0, 1, 1, 2),
                        in.exactly(0, 3, 4, 4),
                        in.exactly(5, 3, 2, 2),
                        in.exactly(5))
                    .peer("torch.conv2d(x0, x1, x2)")),
        in ->
            List.of(
                ErrorSample.of(
                    conv(1, 0, 1, 1, 2),
                    ShapeException.class,
                    "conv2d: the input [1, 3, 4, 4] has 3 channels, but the weight [2, 4, 3, 3]"
                        + " with 1 groups is for 4",
                    in.exactly(1, 3, 4, 4),
                    in.exactly(2, 4, 3, 3)),
                ErrorSample.of(
                    conv(1, 0, 1, 2, 2),
                    ShapeException.class,
                    "the 3 output channels of the weight [3, 2, 3, 3] do not divide into 2 groups",
                    in.exactly(1, 4, 4, 4),
                    in.exactly(3, 2, 3, 3)),
                ErrorSample.of(
                    conv(1, 1, 1, 1, 2),
                    ShapeException.class,
                    "the kernel reaches over 7 elements of dimension 2, more than the padded"
                        + " input's 6",
                    in.exactly(1, 2, 4, 9),
                    in.exactly(3, 2, 7, 3)),
                ErrorSample.of(
                    conv(0, 0, 1, 1, 2),
                    ShapeException.class,
                    "stride [0, 0] and dilation [1, 1] must be positive",
                    in.exactly(1, 2, 4, 4),
                    in.exactly(3, 2, 3, 3)),
                ErrorSample.of(
                    new ConvolutionOp(
                        Shape.of(1, 1), Shape.of(0), Shape.of(0, 0), Shape.of(1, 1), 1),
                    ShapeException.class,
                    "stride [1, 1], padding [0] and [0, 0], and dilation [1, 1] must have an entry",
                    in.exactly(1, 2, 4, 4),
                    in.exactly(3, 2, 3, 3)),
                ErrorSample.of(
                    conv(1, 0, 1, 1, 1),
                    ShapeException.class,
                    "conv1d: expects an input [n, channels, 1 sizes]",
                    in.exactly(2, 4, 4, 4),
                    in.exactly(3, 4, 3)),
                ErrorSample.of(
                    conv(1, 0, 1, 0, 2),
                    ShapeException.class,
                    "groups must be positive, not 0",
                    in.exactly(1, 2, 4, 4),
                    in.exactly(3, 2, 3, 3)),
                ErrorSample.of(
                    conv(1, 0, 1, 1, 2),
                    ShapeException.class,
                    "the kernel of the weight [3, 2, 0, 3] is empty",
                    in.exactly(1, 2, 4, 4),
                    in.exactly(3, 2, 0, 3)),
                ErrorSample.of(
                    conv(1, 0, 1, 1, 2),
                    ShapeException.class,
                    "the bias [2] does not fit 3 output channels",
                    in.exactly(1, 2, 4, 4),
                    in.exactly(3, 2, 3, 3),
                    in.exactly(2)),
                ErrorSample.of(
                    conv(1, 0, 1, 1, 2),
                    DTypeException.class,
                    "must have one floating-point dtype",
                    in.exactly(1, 2, 4, 4),
                    in.other().exactly(3, 2, 3, 3)),
                ErrorSample.of(
                    conv(1, 0, 1, 1, 2),
                    DTypeException.class,
                    "the bias is",
                    in.exactly(1, 2, 4, 4),
                    in.exactly(3, 2, 3, 3),
                    in.other().exactly(3))));
  }

  private static Op data(long size, long stride, long padding, long dilation, long groups, int n) {
    return new ConvolutionDataOp(all(size, n), window(stride, padding, dilation, groups, n));
  }

  private static OpInfo data() {
    return new OpInfo(
        "convolution_data",
        DTypes.FLOATS,
        in ->
            List.of(
                Sample.of(
                        data(6, 1, 0, 1, 1, 2),
                        in.exactly(2, 4, 4, 4),
                        in.exactly(4, 3, 3, 3),
                        in.exactly(3))
                    .peer("torch.conv_transpose2d(x0, x1, x2)"),
                Sample.of(
                        data(4, 1, 0, 1, 1, 1),
                        in.exactly(1, 2, 3),
                        in.exactly(2, 2, 2),
                        in.exactly(2))
                    .peer("torch.conv_transpose1d(x0, x1, x2)"),
                Sample.of(data(8, 2, 1, 1, 1, 2), in.exactly(2, 3, 4, 4), in.exactly(3, 2, 3, 3))
                    .peer("torch.conv_transpose2d(x0, x1, None, [2, 2], [1, 1], [1, 1])"),
                Sample.of(
                        data(6, 1, 1, 2, 2, 2),
                        in.exactly(1, 4, 4, 4),
                        in.exactly(4, 3, 3, 3),
                        in.exactly(6))
                    .peer("torch.conv_transpose2d(x0, x1, x2, [1, 1], [1, 1], [0, 0], 2, [2, 2])"),
                Sample.of(data(7, 2, 1, 1, 1, 1), in.exactly(2, 2, 4), in.exactly(2, 3, 3))
                    .peer("torch.conv_transpose1d(x0, x1, None, [2], [1])"),
                Sample.of(
                        data(3, 1, 0, 1, 1, 3),
                        in.exactly(1, 2, 2, 2, 2),
                        in.exactly(2, 2, 2, 2, 2))
                    .peer("torch.conv_transpose3d(x0, x1, None)"),
                Sample.of(data(2, 1, 2, 1, 1, 2), in.exactly(1, 2, 4, 4), in.exactly(2, 2, 3, 3))
                    .peer("torch.conv_transpose2d(x0, x1, None, [1, 1], [2, 2])")),
        in ->
            List.of(
                ErrorSample.of(
                    data(6, 1, 0, 1, 1, 2),
                    ShapeException.class,
                    "conv_transpose2d: [2, 4, 4, 4] has 4 channels, but the weight [3, 3, 3, 3] is"
                        + " for 3",
                    in.exactly(2, 4, 4, 4),
                    in.exactly(3, 3, 3, 3)),
                ErrorSample.of(
                    data(9, 1, 0, 1, 1, 2),
                    ShapeException.class,
                    "no convolution with the weight [4, 3, 3, 3]",
                    in.exactly(2, 4, 4, 4),
                    in.exactly(4, 3, 3, 3))));
  }

  private static Op weight(
      long kernel, ConvolutionWeightOp.Bias bias, long stride, long padding, long groups, int n) {
    Window w = window(stride, padding, 1, groups, n);
    return new ConvolutionWeightOp(all(kernel, n), bias == ConvolutionWeightOp.Bias.SUMMED, w);
  }

  private static OpInfo weight() {
    return new OpInfo(
        "convolution_weight",
        DTypes.FLOATS,
        in ->
            List.of(
                Sample.of(
                        weight(3, ConvolutionWeightOp.Bias.NONE, 1, 0, 1, 2),
                        in.exactly(2, 3, 5, 5),
                        in.exactly(2, 4, 3, 3))
                    .peer("torch.conv2d(x0.transpose(0, 1), x1.transpose(0, 1)).transpose(0, 1)"),
                Sample.of(
                        weight(2, ConvolutionWeightOp.Bias.SUMMED, 1, 0, 1, 1),
                        in.exactly(2, 1, 3),
                        in.exactly(2, 2, 2))
                    .peer(
                        "(torch.conv1d(x0.transpose(0, 1), x1.transpose(0, 1)).transpose(0, 1),"
                            + " x1.sum([0, 2]))"),
                Sample.of(
                        weight(3, ConvolutionWeightOp.Bias.SUMMED, 2, 1, 1, 2),
                        in.exactly(2, 3, 6, 6),
                        in.exactly(2, 4, 3, 3))
                    .peer(
                        "(torch.conv2d(x0.transpose(0, 1), x1.transpose(0, 1), None, [1, 1], [1, 1],"
                            + " [2, 2]).transpose(0, 1).narrow(2, 0, 3).narrow(3, 0, 3),"
                            + " x1.sum([0, 2, 3]))"),
                Sample.of(
                        weight(2, ConvolutionWeightOp.Bias.SUMMED, 1, 1, 2, 1),
                        in.exactly(2, 4, 4),
                        in.exactly(2, 6, 5))
                    .withoutPeer("PyTorch has it with groups inside of a gradient only"),
                Sample.of(
                        weight(2, ConvolutionWeightOp.Bias.NONE, 1, 0, 1, 3),
                        in.exactly(2, 1, 3, 3, 3),
                        in.exactly(2, 2, 2, 2, 2))
                    .peer("torch.conv3d(x0.transpose(0, 1), x1.transpose(0, 1)).transpose(0, 1)")),
        in ->
            List.of(
                ErrorSample.of(
                    weight(3, ConvolutionWeightOp.Bias.NONE, 1, 0, 2, 2),
                    ShapeException.class,
                    "the 3 channels of the input [2, 3, 5, 5] do not divide into 2 groups",
                    in.exactly(2, 3, 5, 5),
                    in.exactly(2, 4, 3, 3)),
                ErrorSample.of(
                    weight(3, ConvolutionWeightOp.Bias.NONE, 1, 0, 1, 2),
                    ShapeException.class,
                    "no convolution with a kernel [3, 3]",
                    in.exactly(2, 3, 5, 5),
                    in.exactly(2, 4, 4, 3))));
  }
}
