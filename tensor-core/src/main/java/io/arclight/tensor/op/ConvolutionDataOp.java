package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Convolution;
import java.util.List;

/**
 * The gradient of a {@link ConvolutionOp} by its input, which is also the transposed convolution:
 * [n, o, ...], weight [o, c / groups, ...] and, where given, bias [c] to [n, c, sizes]. The result
 * lies channels last.
 *
 * @param sizes spatial sizes of the result: those of the convolution's input
 */
public record ConvolutionDataOp(
    Shape sizes, Shape stride, Shape before, Shape after, Shape dilation, long groups)
    implements Op {

  ConvolutionDataOp(Shape sizes, Window w) {
    this(sizes, w.stride(), w.before(), w.after(), w.dilation(), w.groups());
  }

  private Window window() {
    return new Window(stride, before, after, dilation, groups);
  }

  @Override
  public String name() {
    return "CONVOLUTION_DATA";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Window window = window();
    Tensor g = in[0];
    Shape weight = in[1].shape();
    window.check(g, in[1], "weight");
    window.checkWeight(weight);
    if (g.dim(1) != weight.dim(0)) {
      throw new ShapeException(
          "%s: %s has %d channels, but the weight %s is for %d"
              .formatted(transposed(), g.shape(), g.dim(1), weight, weight.dim(0)));
    }
    Shape out = Convolving.shape(g.dim(0), weight.dim(1) * groups, sizes);
    if (sizes.rank() != window.rank()
        || !window.output(out, weight.dim(0), weight).equals(g.shape())) {
      throw new ShapeException(
          "%s: no convolution with the weight %s and stride %s takes %s to %s"
              .formatted(transposed(), weight, stride, out, g.shape()));
    }
    if (in.length > 2) {
      window.checkBias(in[2], g, out.dim(1));
    }
    return List.of(new Spec(out, g.dtype(), g.device()));
  }

  private String transposed() {
    return "conv_transpose" + stride.rank() + "d";
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    Tensor bias = in.length > 2 ? in[2].detach() : null;
    if (spec.shape().elements() == 0 || in[0].elements() == 0 || in[1].elements() == 0) {
      return new Tensor[] {Convolving.empty(name(), spec, bias)};
    }
    Convolution call =
        window()
            .convolution(
                Convolution.Direction.DATA,
                spec.dtype(),
                spec.shape(),
                in[0].shape(),
                in[1].shape(),
                false);
    if (!call.available()) {
      return Convolving.byProducts(this, spec, in);
    }
    Tensor out = ChannelsLast.allocate(name(), spec);
    Backend.of(spec.device())
        .library(
            at -> call.run(at[2], at[1], 0, at[0]),
            ChannelsLast.of(in[0]),
            in[1].detach().contiguous(),
            out);
    if (bias != null) {
      Convolving.addInto(out, bias);
    }
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor c = grads[0];
    Tensor[] out = new Tensor[saved.inputs()];
    if (saved.needs(0)) {
      out[0] = Tensor.apply(new ConvolutionOp(window()), c, saved.input(1));
    }
    if (saved.needs(1)) {
      Op weight = new ConvolutionWeightOp(Convolving.sizes(saved.inputShape(1)), false, window());
      out[1] = Tensor.apply(weight, c, saved.input(0));
    }
    if (out.length > 2 && saved.needs(2)) {
      out[2] = Convolving.sumOfChannels(c);
    }
    return out;
  }

  @Override
  public boolean savesInput(int i) {
    return i < 2;
  }

  @Override
  public boolean reads(int gradient, int input) {
    return gradient < 2 && gradient != input;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor out;
    if (batched[0] && !batched[1]) {
      out = Convolving.unfold(Tensor.apply(this, Convolving.fold(in[0]), in[1]), size);
    } else if (batched[0]) {
      Op all = new ConvolutionDataOp(sizes, window().withGroups(groups * size));
      Tensor x = Tensor.apply(all, Convolving.intoChannels(in[0], 1), Convolving.fold(in[1]));
      out = Convolving.fromChannels(x, size, 1);
    } else if (batched[1]) {
      Tensor x = Tensor.apply(this, in[0], Convolving.intoColumns(in[1]));
      out = Convolving.fromChannels(x, size, groups);
    } else {
      out = Tensor.apply(this, in[0], in[1]).unsqueeze(0);
    }
    return new Tensor[] {in.length > 2 ? Convolving.addBias(out, batched[2], in[2]) : out};
  }
}
