package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * Normalisation of [n, channels, places...] by the statistics of each sample's groups of
 * neighbouring channels; inputs are the tensor and, or without, weight and bias [channels].
 * Outputs: the result, which has the memory order of the input, and mean and variance (over the
 * count) [n, groups].
 */
public record GroupNormOp(long groups, double eps) implements Op {
  private static final String NAME = "groupNorm";

  @Override
  public String name() {
    return "GROUP_NORM";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    NormChecks.requireChannels(NAME, x);
    NormChecks.requireAffine(NAME, in);
    if (groups < 1 || x.dim(1) % groups != 0) {
      throw new ShapeException(
          NAME
              + ": the "
              + x.dim(1)
              + " channels of the input "
              + x.shape()
              + " cannot be divided into "
              + groups
              + " groups");
    }
    Spec numbers = new Spec(Shape.of(x.dim(0), groups), x.dtype().accumulator(), x.device());
    return List.of(new Spec(x.shape(), x.dtype(), x.device()), numbers, numbers);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    DType sum = x.dtype().accumulator();
    long channels = x.dim(1);
    ChannelView view = ChannelView.of(x, ChannelView.Scope.CHANNEL_OF_SAMPLE);
    Tensor y = view.allocate(name(), outputs.get(0));
    Tensor[] moments = moments(view, x);
    Tensor rstd = spread(moments[1].add(eps).rsqrt(), channels);
    Tensor scale = in.length > 1 ? rstd.mul(in[1].detach().to(sum)) : rstd;
    Tensor bias = in.length > 1 ? in[2].detach().to(sum).expand(scale.shape()) : scale.zerosLike();
    Tensor mean = spread(moments[0], channels);
    ChannelMap.NORMALIZE.run(NAME, view, y, new Tensor[] {x}, mean, scale, bias);
    return new Tensor[] {y, moments[0], moments[1]};
  }

  /** Mean and variance [n, groups]. */
  private Tensor[] moments(ChannelView view, Tensor x) {
    long n = x.dim(0);
    long channels = x.dim(1);
    if (!view.last()) {
      long elements = x.elements() / Math.max(1, n * groups);
      ChannelView groupwise = ChannelView.of(false, 1, 1, n * groups, elements);
      Tensor[] out = ChannelSums.moments(NAME, groupwise, x);
      return new Tensor[] {out[0].reshape(n, groups), out[1].reshape(n, groups)};
    }
    Tensor[] each = ChannelSums.moments(NAME, view, x);
    if (groups == channels) {
      return each;
    }
    Tensor means = each[0].reshape(n, groups, channels / groups);
    Tensor vars = each[1].reshape(n, groups, channels / groups);
    Tensor mean = means.mean(Dim.of(2), Dim.Keep.KEEP);
    Tensor var = vars.add(means.sub(mean).square()).mean(2);
    return new Tensor[] {mean.reshape(n, groups), var};
  }

  /** Numbers [n, groups] for each channel [n, channels]. */
  private Tensor spread(Tensor numbers, long channels) {
    long n = numbers.dim(0);
    return groups == channels
        ? numbers
        : numbers.unsqueeze(2).expand(Shape.of(n, groups, channels / groups)).reshape(n, channels);
  }

  /** The means over groups of sums over channels [n, channels], as numbers for each channel. */
  private Tensor groupMean(Tensor sums, double elements) {
    long n = sums.dim(0);
    long channels = sums.dim(1);
    Tensor total = groups == channels ? sums : sums.reshape(n, groups, channels / groups).sum(2);
    return spread(total.div(elements), channels);
  }

  @Override
  public boolean savesInput(int i) {
    return i < 2;
  }

  @Override
  public boolean savesOutput(int i) {
    return i > 0;
  }

  /** dx = rstd * (gw - mean(gw) - xhat * mean(gw * xhat)), gw = g * weight. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor x = saved.input(0);
    Tensor w = saved.inputs() > 1 ? saved.input(1) : null;
    if (RowOps.recording()) {
      return recorded(saved, grads[0], x, w);
    }
    long channels = x.dim(1);
    ChannelView view = ChannelView.of(x, ChannelView.Scope.CHANNEL_OF_SAMPLE);
    Tensor mean = spread(saved.output(1), channels).contiguous();
    Tensor rstd = spread(saved.output(2).add(eps).rsqrt(), channels);
    Tensor[] sums = ChannelSums.gradients(NAME, view, grads[0], x, mean);
    Tensor weight = w == null ? null : w.to(rstd.dtype());
    Tensor[] out = new Tensor[saved.inputs()];
    if (saved.needs(0)) {
      double n = Math.max(1, view.count() * (channels / groups));
      Tensor scale = weight == null ? rstd : rstd.mul(weight);
      Tensor sum = groupMean(weight == null ? sums[0] : sums[0].mul(weight), n);
      Tensor dot = groupMean(weight == null ? sums[1] : sums[1].mul(weight), n);
      Tensor slope = rstd.mul(rstd).mul(rstd).mul(dot).neg();
      Tensor shift = rstd.mul(sum).neg();
      out[0] = view.allocate(name(), new Spec(x.shape(), x.dtype(), x.device()));
      Tensor[] elements = {grads[0], x};
      ChannelMap.GRADIENT.run(NAME, view, out[0], elements, mean, scale, slope, shift);
    }
    if (w != null) {
      out[1] = sums[1].mul(rstd).sum(0).to(saved.inputDType(1));
      out[2] = sums[0].sum(0).to(saved.inputDType(2));
    }
    return out;
  }

  private Tensor[] recorded(Vjp saved, Tensor grad, Tensor input, Tensor weight) {
    DType sum = input.dtype().accumulator();
    long n = input.dim(0);
    Shape rows = Shape.of(n, groups, input.elements() / Math.max(1, n * groups));
    Tensor g = grad.to(sum);
    Tensor x = input.to(sum).reshape(rows);
    Dim last = Dim.of(2);
    Tensor centred = x.sub(x.mean(last, Dim.Keep.KEEP));
    Tensor rstd = centred.square().mean(last, Dim.Keep.KEEP).add(eps).rsqrt();
    Tensor xhat = centred.mul(rstd);
    Tensor gw = weight == null ? g : g.mul(NormChecks.beside(weight.to(sum), input));
    gw = gw.reshape(rows);
    Tensor dx =
        rstd.mul(
            gw.sub(gw.mean(last, Dim.Keep.KEEP))
                .sub(xhat.mul(gw.mul(xhat).mean(last, Dim.Keep.KEEP))));
    Tensor[] out = new Tensor[saved.inputs()];
    out[0] = dx.reshape(input.shape()).to(input.dtype());
    if (weight != null) {
      Dim over = BatchNormOp.over(input);
      out[1] = g.mul(xhat.reshape(input.shape())).sum(over, Dim.Keep.DROP);
      out[2] = g.sum(over, Dim.Keep.DROP);
      out[1] = out[1].to(saved.inputDType(1));
      out[2] = out[2].to(saved.inputDType(2));
    }
    return out;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor x = Batching.batched(size, batched[0], in[0]);
    long[] dims = x.shape().toArray();
    long[] merged = java.util.Arrays.copyOfRange(dims, 1, dims.length);
    merged[0] *= size;
    Tensor rows = x.reshape(merged);
    boolean separate = in.length > 1 && (batched[1] || batched[2]);
    Tensor[] out =
        in.length == 1 || separate
            ? Tensor.applyAll(this, rows)
            : Tensor.applyAll(this, rows, in[1], in[2]);
    out[0] = out[0].reshape(dims);
    for (int i = 1; i < 3; i++) {
      out[i] = out[i].reshape(size, dims[1], groups);
    }
    if (separate) {
      Tensor weight = beside(Batching.batched(size, batched[1], in[1]), dims);
      Tensor bias = beside(Batching.batched(size, batched[2], in[2]), dims);
      out[0] = out[0].mul(weight).add(bias).to(in[0].dtype());
    }
    return out;
  }

  /** [size, channels] as [size, 1, channels, 1...]. */
  private static Tensor beside(Tensor numbers, long[] dims) {
    long[] shape = new long[dims.length];
    java.util.Arrays.fill(shape, 1);
    shape[0] = dims[0];
    shape[2] = dims[2];
    return numbers.reshape(shape);
  }

  static OpInfo info() {
    String peer = "torch.group_norm(x0, 2, x1, x2, 1e-5)";
    Op op = new GroupNormOp(2, 1e-5);
    return new OpInfo(
        "group_norm",
        FLOATS,
        in ->
            List.of(
                Sample.of(op, in.any(3, 4, 5, 2), in.any(4), in.any(4)).peer(peer),
                Sample.of(op, in.channelsLast(3, 4, 9, 8), in.any(4), in.any(4)).peer(peer),
                Sample.of(op, in.any(2, 4, 65), in.any(4), in.any(4)).peer(peer),
                Sample.of(op, in.any(1, 4, 3), in.any(4), in.any(4)).peer(peer),
                Sample.of(op, in.any(5, 6)).peer("torch.group_norm(x0, 2, None, None, 1e-5)"),
                Sample.of(
                        new GroupNormOp(4, 1e-5), in.channelsLast(2, 4, 3, 5), in.any(4), in.any(4))
                    .peer("torch.group_norm(x0, 4, x1, x2, 1e-5)")),
        in ->
            List.of(
                ErrorSample.of(
                    new GroupNormOp(3, 1e-5),
                    ShapeException.class,
                    "the 4 channels of the input [2, 4] cannot be divided into 3 groups",
                    in.any(2, 4)),
                ErrorSample.of(
                    op,
                    ShapeException.class,
                    "weight must have a number for each of the 4 channels",
                    in.any(2, 4),
                    in.any(3),
                    in.any(4))));
  }
}
