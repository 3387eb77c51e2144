package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Convolution;
import io.arclight.tensor.cpu.PackedWeight;
import java.util.List;

/**
 * Convolution, strictly a correlation: input [n, c, ...], weight [o, c / groups, ...] and, where
 * given, bias [o] to [n, o, ...], of 1 to 3 spatial dimensions. The result lies channels last.
 *
 * @param stride and the others: an entry for each spatial dimension
 * @param before zeros added before the first element
 * @param after zeros added behind the last
 */
public record ConvolutionOp(Shape stride, Shape before, Shape after, Shape dilation, long groups)
    implements Op {

  ConvolutionOp(Window w) {
    this(w.stride(), w.before(), w.after(), w.dilation(), w.groups());
  }

  private Window window() {
    return new Window(stride, before, after, dilation, groups);
  }

  @Override
  public String name() {
    return "CONVOLUTION";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Window window = window();
    Tensor x = in[0];
    Shape weight = in[1].shape();
    window.check(x, in[1], "weight");
    window.checkWeight(weight);
    if (x.dim(1) != weight.dim(1) * groups) {
      throw new ShapeException(
          "%s: the input %s has %d channels, but the weight %s with %d groups is for %d"
              .formatted(
                  window.label(), x.shape(), x.dim(1), weight, groups, weight.dim(1) * groups));
    }
    if (in.length > 2) {
      window.checkBias(in[2], x, weight.dim(0));
    }
    return List.of(
        new Spec(window.output(x.shape(), weight.dim(0), weight), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return eval(outputs, null, in);
  }

  /** {@code packed} is of the weight, where that never changes, or null. */
  Tensor[] eval(List<Spec> outputs, PackedWeight packed, Tensor... in) {
    Spec spec = outputs.get(0);
    Tensor x = in[0];
    Tensor bias = in.length > 2 ? in[2].detach() : null;
    if (spec.shape().elements() == 0 || in[1].elements() == 0) {
      return new Tensor[] {Convolving.empty(name(), spec, bias)};
    }
    Convolution call =
        window()
            .convolution(
                Convolution.Direction.FORWARD,
                spec.dtype(),
                x.shape(),
                spec.shape(),
                in[1].shape(),
                bias != null);
    if (!call.available()) {
      return Convolving.byProducts(this, spec, in);
    }
    Tensor input = ChannelsLast.of(x);
    Tensor weight = in[1].detach().contiguous();
    Tensor out = ChannelsLast.allocate(name(), spec);
    if (bias == null) {
      Backend.of(spec.device())
          .library(at -> call.run(at[0], at[1], packed, 0, at[2]), input, weight, out);
    } else {
      Backend.of(spec.device())
          .library(
              at -> call.run(at[0], at[1], packed, at[3], at[2]),
              input,
              weight,
              out,
              bias.contiguous());
    }
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    Tensor[] out = new Tensor[saved.inputs()];
    boolean biased = out.length > 2 && saved.needs(2);
    if (saved.needs(0)) {
      Op data = new ConvolutionDataOp(Convolving.sizes(saved.inputShape(0)), window());
      out[0] = Tensor.apply(data, g, saved.input(1));
    }
    if (saved.needs(1)) {
      Op weight = new ConvolutionWeightOp(Convolving.sizes(saved.inputShape(1)), biased, window());
      Tensor[] both = Tensor.applyAll(weight, saved.input(0), g);
      out[1] = both[0];
      if (biased) {
        out[2] = both[1];
      }
    } else if (biased) {
      out[2] = Convolving.sumOfChannels(g);
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
    boolean fused = in.length > 2 && !batched[1] && !batched[2];
    Tensor out;
    if (!batched[1] && batched[0]) {
      Tensor x = Convolving.fold(in[0]);
      Tensor y = fused ? Tensor.apply(this, x, in[1], in[2]) : Tensor.apply(this, x, in[1]);
      out = Convolving.unfold(y, size);
    } else if (batched[0]) {
      Op all = new ConvolutionOp(window().withGroups(groups * size));
      Tensor y = Tensor.apply(all, Convolving.intoChannels(in[0], 1), Convolving.fold(in[1]));
      out = Convolving.fromChannels(y, size, 1);
    } else if (batched[1]) {
      Tensor y = Tensor.apply(this, in[0], Convolving.intoRows(in[1], groups));
      out = Convolving.fromChannels(y, size, groups);
    } else {
      out = Tensor.apply(this, in[0], in[1]).unsqueeze(0);
    }
    return new Tensor[] {
      in.length > 2 && !fused ? Convolving.addBias(out, batched[2], in[2]) : out
    };
  }
}
