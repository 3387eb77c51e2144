package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Normalisation of [n, channels, places...] by the statistics of each channel; inputs are the
 * tensor and, or without, weight and bias [channels]. Outputs: the result, which has the memory
 * order of the input, and each channel's mean and variance (over the count).
 */
public record BatchNormOp(double eps) implements Op {
  private static final String NAME = "batchNorm";

  @Override
  public String name() {
    return "BATCH_NORM";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    NormChecks.requireChannels(NAME, x);
    NormChecks.requireAffine(NAME, in);
    if (x.dim(1) == 0) {
      throw new ShapeException(NAME + ": needs at least one channel, got shape " + x.shape());
    }
    Spec numbers = new Spec(Shape.of(x.dim(1)), x.dtype().accumulator(), x.device());
    return List.of(new Spec(x.shape(), x.dtype(), x.device()), numbers, numbers);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    ChannelView view = ChannelView.of(x, ChannelView.Scope.CHANNEL);
    DType sum = x.dtype().accumulator();
    Tensor y = view.allocate(name(), outputs.get(0));
    Tensor[] moments = ChannelSums.moments(NAME, view, x);
    Tensor mean = moments[0].reshape(x.dim(1));
    Tensor var = moments[1].reshape(x.dim(1));
    Tensor scale = var.add(eps).rsqrt();
    scale = in.length > 1 ? scale.mul(in[1].detach().to(sum)) : scale;
    Tensor bias = in.length > 1 ? in[2].detach().to(sum) : mean.zerosLike();
    ChannelMap.NORMALIZE.run(NAME, view, y, new Tensor[] {x}, mean, scale, bias);
    return new Tensor[] {y, mean, var};
  }

  @Override
  public boolean savesInput(int i) {
    return i < 2;
  }

  @Override
  public boolean savesOutput(int i) {
    return i > 0;
  }

  /** dx = w * rstd * (g - mean(g) - xhat * mean(g * xhat)). */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor x = saved.input(0);
    Tensor w = saved.inputs() > 1 ? saved.input(1) : null;
    if (RowOps.recording()) {
      return recorded(saved, grads[0], x, w);
    }
    ChannelView view = ChannelView.of(x, ChannelView.Scope.CHANNEL);
    Tensor mean = saved.output(1);
    Tensor rstd = saved.output(2).add(eps).rsqrt();
    Tensor[] sums = ChannelSums.gradients(NAME, view, grads[0], x, mean);
    Tensor sum = sums[0].reshape(x.dim(1));
    Tensor dot = sums[1].reshape(x.dim(1));
    Tensor[] out = new Tensor[saved.inputs()];
    if (saved.needs(0)) {
      Tensor scale = w == null ? rstd : rstd.mul(w.to(rstd.dtype()));
      double n = Math.max(1, view.count());
      Tensor slope = scale.mul(rstd).mul(rstd).mul(dot).mul(-1 / n);
      Tensor shift = scale.mul(sum).mul(-1 / n);
      out[0] = view.allocate(name(), new Spec(x.shape(), x.dtype(), x.device()));
      Tensor[] elements = {grads[0], x};
      ChannelMap.GRADIENT.run(NAME, view, out[0], elements, mean, scale, slope, shift);
    }
    if (w != null) {
      // Without elements there is no deviation, and the gradients are those of an empty sum.
      out[1] = (x.elements() == 0 ? dot : dot.mul(rstd)).to(saved.inputDType(1));
      out[2] = sum.to(saved.inputDType(2));
    }
    return out;
  }

  private Tensor[] recorded(Vjp saved, Tensor grad, Tensor input, Tensor weight) {
    DType sum = input.dtype().accumulator();
    Tensor g = grad.to(sum);
    Tensor x = input.to(sum);
    Dim over = over(x);
    Tensor centred = x.sub(x.mean(over, Dim.Keep.KEEP));
    Tensor rstd = centred.square().mean(over, Dim.Keep.KEEP).add(eps).rsqrt();
    Tensor xhat = centred.mul(rstd);
    Tensor gw = weight == null ? g : g.mul(NormChecks.beside(weight.to(sum), x));
    Tensor dx =
        rstd.mul(
            gw.sub(gw.mean(over, Dim.Keep.KEEP))
                .sub(xhat.mul(gw.mul(xhat).mean(over, Dim.Keep.KEEP))));
    Tensor[] out = new Tensor[saved.inputs()];
    out[0] = dx.to(input.dtype());
    if (weight != null) {
      out[1] = g.mul(xhat).sum(over, Dim.Keep.DROP).to(saved.inputDType(1));
      out[2] = g.sum(over, Dim.Keep.DROP).to(saved.inputDType(2));
    }
    return out;
  }

  /** All dimensions but the channels'. */
  static Dim over(Tensor x) {
    int[] dims = new int[x.rank() - 1];
    Arrays.setAll(dims, i -> i == 0 ? 0 : i + 1);
    return Dim.of(dims);
  }

  /** The channels of all slices side by side. */
  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor x = Batching.batched(size, batched[0], in[0]).transpose(0, 1);
    long[] dims = x.shape().toArray();
    long channels = dims[2];
    long[] merged = new long[dims.length - 1];
    merged[0] = dims[0];
    merged[1] = size * channels;
    System.arraycopy(dims, 3, merged, 2, dims.length - 3);
    List<Tensor> inputs = new ArrayList<>(List.of(x.reshape(merged)));
    for (int i = 1; i < in.length; i++) {
      inputs.add(Batching.batched(size, batched[i], in[i]).reshape(size * channels));
    }
    Tensor[] out = Tensor.applyAll(this, inputs.toArray(new Tensor[0]));
    return new Tensor[] {
      out[0].reshape(dims).transpose(0, 1),
      out[1].reshape(size, channels),
      out[2].reshape(size, channels)
    };
  }

  static OpInfo info() {
    String peer = "torch.batch_norm(x0, x1, x2, None, None, True, 0.1, 1e-5, False)";
    String plain = "torch.batch_norm(x0, None, None, None, None, True, 0.1, 1e-5, False)";
    Op op = new BatchNormOp(1e-5);
    return new OpInfo(
        "batch_norm",
        FLOATS,
        in ->
            List.of(
                Sample.of(op, in.any(4, 3, 2, 5), in.any(3), in.any(3)).peer(peer),
                Sample.of(op, in.any(2, 3, 9, 8), in.any(3), in.any(3)).peer(peer),
                Sample.of(op, in.channelsLast(2, 3, 9, 8), in.any(3), in.any(3)).peer(peer),
                Sample.of(op, in.any(6, 5), in.any(5), in.any(5)).peer(peer),
                Sample.of(op, in.any(3, 2, 2), in.any(2), in.any(2)).peer(peer),
                Sample.of(op, in.any(3, 5, 7)).peer(plain)),
        in ->
            List.of(
                ErrorSample.of(op, ShapeException.class, "at least 2 dimensions", in.any(3)),
                ErrorSample.of(
                    op,
                    ShapeException.class,
                    "takes an input, or an input, weight and bias, not 2 tensors",
                    in.any(2, 3),
                    in.any(3)),
                ErrorSample.of(op, ShapeException.class, "at least one channel", in.any(3, 0, 2)),
                ErrorSample.of(
                    op,
                    DTypeException.class,
                    "weight int64 must have",
                    in.any(2, 3),
                    in.index(1, 3),
                    in.any(3)),
                ErrorSample.of(
                    op,
                    ShapeException.class,
                    "bias must have a number for each of the 3 channels of the input [2, 3], got"
                        + " shape [4]",
                    in.any(2, 3),
                    in.any(3),
                    in.any(4))));
  }
}
