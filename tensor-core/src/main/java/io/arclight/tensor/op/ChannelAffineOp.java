package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * {@code (x - mean) * scale + bias} over [n, channels, places...] with numbers [channels]: inputs
 * in this order. The result has the memory order of the input.
 */
public record ChannelAffineOp() implements Op {
  private static final String NAME = "channelAffine";

  @Override
  public String name() {
    return "CHANNEL_AFFINE";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    NormChecks.requireChannels(NAME, in[0]);
    String[] names = {"", "mean", "scale", "bias"};
    for (int i = 1; i < 4; i++) {
      NormChecks.requireNumbers(NAME, names[i], in[i], in[0], in[0].dim(1));
    }
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    DType sum = x.dtype().accumulator();
    ChannelView view = ChannelView.of(x, ChannelView.Scope.CHANNEL);
    Tensor y = view.allocate(name(), outputs.get(0));
    Tensor[] numbers = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      numbers[i] = in[i + 1].detach().to(sum);
    }
    ChannelMap.NORMALIZE.run(NAME, view, y, new Tensor[] {x}, numbers);
    return new Tensor[] {y};
  }

  @Override
  public boolean savesInput(int i) {
    return i < 3;
  }

  @Override
  public boolean reads(int gradient, int input) {
    return switch (gradient) {
      case 0, 1 -> input == 2;
      case 2 -> input < 2;
      default -> false;
    };
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor[] out = new Tensor[4];
    boolean numbers = saved.needs(1) || saved.needs(2) || saved.needs(3);
    DType sum = saved.inputDType(0).accumulator();
    if (RowOps.recording()) {
      Tensor g = grads[0].to(sum);
      Tensor total = numbers ? g.sum(BatchNormOp.over(g), Dim.Keep.DROP) : null;
      if (saved.needs(0)) {
        out[0] = g.mul(NormChecks.beside(saved.input(2).to(sum), g)).to(saved.inputDType(0));
      }
      if (saved.needs(1)) {
        out[1] = total.mul(saved.input(2).to(sum)).neg().to(saved.inputDType(1));
      }
      if (saved.needs(2)) {
        Tensor x = saved.input(0).to(sum);
        Tensor dot = g.mul(x.sub(NormChecks.beside(saved.input(1).to(sum), g)));
        out[2] = dot.sum(BatchNormOp.over(g), Dim.Keep.DROP);
        out[2] = out[2].to(saved.inputDType(2));
      }
      out[3] = saved.needs(3) ? total.to(saved.inputDType(3)) : null;
      return out;
    }
    Tensor g = grads[0];
    long channels = g.dim(1);
    if (saved.needs(0)) {
      ChannelView view = ChannelView.of(g, ChannelView.Scope.CHANNEL);
      out[0] = view.allocate(name(), new Spec(g.shape(), g.dtype(), g.device()));
      ChannelMap.SCALE.run(NAME, view, out[0], new Tensor[] {g}, saved.input(2).to(sum));
    }
    if (numbers) {
      // Without the input, which is not kept for the others, the first sum is all that is read.
      Tensor x = saved.needs(2) ? saved.input(0) : g;
      Tensor mean =
          saved.needs(2)
              ? saved.input(1).to(sum)
              : Tensor.zeros(Shape.of(channels), sum, g.device());
      ChannelView view = ChannelView.of(x, ChannelView.Scope.CHANNEL);
      Tensor[] sums = ChannelSums.gradients(NAME, view, g, x, mean);
      Tensor total = sums[0].reshape(channels);
      out[1] =
          saved.needs(1) ? total.mul(saved.input(2).to(sum)).neg().to(saved.inputDType(1)) : null;
      out[2] = saved.needs(2) ? sums[1].reshape(channels).to(saved.inputDType(2)) : null;
      out[3] = saved.needs(3) ? total.to(saved.inputDType(3)) : null;
    }
    return out;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor x = Batching.batched(size, batched[0], in[0]).transpose(0, 1);
    long[] dims = x.shape().toArray();
    long[] merged = new long[dims.length - 1];
    merged[0] = dims[0];
    merged[1] = size * dims[2];
    System.arraycopy(dims, 3, merged, 2, dims.length - 3);
    Tensor[] inputs = new Tensor[4];
    inputs[0] = x.reshape(merged);
    for (int i = 1; i < 4; i++) {
      inputs[i] = Batching.batched(size, batched[i], in[i]).reshape(size * dims[2]);
    }
    return new Tensor[] {Tensor.applyAll(this, inputs)[0].reshape(dims).transpose(0, 1)};
  }

  private static Sample sample(Tensor... in) {
    return Sample.of(new ChannelAffineOp(), in)
        .peer(
            "s = [1, -1] + [1] * (x0.dim() - 2);" + " (x0 - x1.view(s)) * x2.view(s) + x3.view(s)");
  }

  static OpInfo info() {
    Op op = new ChannelAffineOp();
    return new OpInfo(
        "channel_affine",
        FLOATS,
        in ->
            List.of(
                sample(in.any(4, 3, 2, 5), in.any(3), in.any(3), in.any(3)),
                sample(in.channelsLast(2, 3, 9, 8), in.any(3), in.any(3), in.any(3)),
                sample(in.any(6, 5), in.any(5), in.any(5), in.any(5)),
                sample(in.any(3, 2, 2), in.any(2), in.any(2), in.any(2))),
        in ->
            List.of(
                ErrorSample.of(
                    op,
                    ShapeException.class,
                    "scale must have a number for each of the 3 channels",
                    in.any(2, 3),
                    in.any(3),
                    in.any(4),
                    in.any(3))));
  }
}
