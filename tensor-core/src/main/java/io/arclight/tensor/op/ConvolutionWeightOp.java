package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Convolution;
import java.util.List;

/**
 * The gradient of a {@link ConvolutionOp} by its weight: from the input [n, c, ...] and the
 * gradient [n, o, ...] of the output, [o, c / groups, kernel] and, if asked for, the gradient [o]
 * of the bias.
 *
 * @param kernel spatial sizes of the weight
 * @param bias whether the second output is there
 */
public record ConvolutionWeightOp(
    Shape kernel, Bias bias, Shape stride, Shape before, Shape after, Shape dilation, long groups)
    implements Op {

  /** Whether the gradient of a bias is computed too. */
  public enum Bias {
    NONE,
    SUMMED
  }

  ConvolutionWeightOp(Shape kernel, boolean biased, Window w) {
    this(
        kernel,
        biased ? Bias.SUMMED : Bias.NONE,
        w.stride(),
        w.before(),
        w.after(),
        w.dilation(),
        w.groups());
  }

  private boolean biased() {
    return bias == Bias.SUMMED;
  }

  /** Of the weight only. */
  ConvolutionWeightOp alone() {
    return new ConvolutionWeightOp(kernel, false, window());
  }

  private Window window() {
    return new Window(stride, before, after, dilation, groups);
  }

  @Override
  public String name() {
    return "CONVOLUTION_WEIGHT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Window window = window();
    Tensor x = in[0];
    Tensor g = in[1];
    window.check(x, g, "gradient");
    if (x.dim(1) % groups != 0) {
      throw new ShapeException(
          "%s: the %d channels of the input %s do not divide into %d groups"
              .formatted(window.label(), x.dim(1), x.shape(), groups));
    }
    Shape weight = Convolving.shape(g.dim(1), x.dim(1) / groups, kernel);
    window.checkWeight(weight);
    if (kernel.rank() != window.rank()
        || !window.output(x.shape(), g.dim(1), weight).equals(g.shape())) {
      throw new ShapeException(
          "%s: no convolution with a kernel %s and stride %s takes %s to %s"
              .formatted(window.label(), kernel, stride, x.shape(), g.shape()));
    }
    Spec first = new Spec(weight, x.dtype(), x.device());
    return biased()
        ? List.of(first, new Spec(Shape.of(g.dim(1)), x.dtype(), x.device()))
        : List.of(first);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    if (in[0].elements() == 0 || in[1].elements() == 0) {
      return outputs.stream()
          .map(s -> Tensor.zeros(s.shape(), s.dtype(), s.device()))
          .toArray(Tensor[]::new);
    }
    Convolution call =
        window()
            .convolution(
                Convolution.Direction.WEIGHT,
                spec.dtype(),
                in[0].shape(),
                in[1].shape(),
                spec.shape(),
                biased());
    Tensor g = ChannelsLast.of(in[1]);
    if (!call.available()) {
      Tensor weight = Convolving.byProducts(this, spec, in[0], g)[0];
      return biased()
          ? new Tensor[] {weight, Convolving.sumOfChannels(g.detach())}
          : new Tensor[] {weight};
    }
    Tensor x = ChannelsLast.of(in[0]);
    Tensor weight = Tensor.allocate(name(), spec);
    if (!biased()) {
      Backend.of(spec.device()).library(at -> call.run(at[0], at[2], 0, at[1]), x, g, weight);
      return new Tensor[] {weight};
    }
    Tensor sums = Tensor.allocate(name(), outputs.get(1));
    Backend.of(spec.device())
        .library(at -> call.run(at[0], at[2], at[3], at[1]), x, g, weight, sums);
    return new Tensor[] {weight, sums};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor a = grads[0];
    Tensor e = biased() ? grads[1] : null;
    Tensor[] out = new Tensor[2];
    if (saved.needs(0) && a != null) {
      Op data = new ConvolutionDataOp(Convolving.sizes(saved.inputShape(0)), window());
      out[0] = Tensor.apply(data, saved.input(1), a);
    }
    if (saved.needs(1)) {
      if (a == null) {
        out[1] = Convolving.asChannels(e, kernel.rank()).expand(saved.inputShape(1));
      } else {
        Op forward = new ConvolutionOp(window());
        out[1] =
            e == null
                ? Tensor.apply(forward, saved.input(0), a)
                : Tensor.apply(forward, saved.input(0), a, e);
      }
    }
    return out;
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean reads(int gradient, int input) {
    return gradient != input;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor[] out;
    if (batched[0] && batched[1]) {
      Op all = new ConvolutionWeightOp(kernel, biased(), window().withGroups(groups * size));
      Tensor x = Convolving.intoChannels(in[0], 1);
      out = Tensor.applyAll(all, x, Convolving.intoChannels(in[1], 1));
      out[0] = Convolving.unfold(out[0], size);
      if (biased()) {
        out[1] = Convolving.unfold(out[1], size);
      }
      return out;
    }
    if (batched[0]) {
      out = Tensor.applyAll(this, Convolving.intoChannels(in[0], groups), in[1]);
      out[0] = Convolving.fromColumns(out[0], size);
      if (biased()) {
        out[1] = Batching.batched(size, false, out[1]);
      }
      return out;
    }
    out = Tensor.applyAll(this, in[0], Convolving.intoChannels(in[1], groups));
    out[0] = Convolving.fromRows(out[0], size, groups);
    if (biased()) {
      out[1] = Convolving.fromRows(out[1], size, groups);
    }
    return out;
  }
}
