package io.arclight.it.steps;

import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Image classifiers of libtorch, of functions, as JavaCPP's modules have no memory order. */
final class LibtorchImages {
  private static final TensorOptional NONE = new TensorOptional();
  private static final long[] ONE = {1, 1};

  private final PyTorchLayout layout;
  private final TensorVector parameters = new TensorVector();

  private LibtorchImages(PyTorchLayout layout) {
    this.layout = layout;
  }

  static Runnable cnn(PyTorchLayout layout, int batch) {
    LibtorchImages made = new LibtorchImages(layout);
    UnaryOperator<Tensor> first = made.biasedConv(1, 32, 3);
    UnaryOperator<Tensor> second = made.biasedConv(32, 64, 3);
    UnaryOperator<Tensor> hidden = made.linear(64 * 5 * 5, 128);
    UnaryOperator<Tensor> last = made.linear(128, 10);
    return made.step(
        x -> {
          Tensor y = torch.max_pool2d(first.apply(x).relu(), 2, 2);
          y = torch.max_pool2d(second.apply(y).relu(), 2, 2);
          return last.apply(hidden.apply(y.flatten(1, -1)).relu());
        },
        batch,
        1,
        28);
  }

  static Runnable resnet18(PyTorchLayout layout, int batch) {
    LibtorchImages made = new LibtorchImages(layout);
    UnaryOperator<Tensor> stem = made.convNorm(3, 64, 7, 2);
    UnaryOperator<Tensor> blocks = UnaryOperator.identity();
    long channels = 64;
    for (long out = 64; out <= 512; out *= 2) {
      UnaryOperator<Tensor> before = blocks;
      UnaryOperator<Tensor> one = made.block(channels, out);
      UnaryOperator<Tensor> two = made.block(out, out);
      blocks = x -> two.apply(one.apply(before.apply(x)));
      channels = out;
    }
    UnaryOperator<Tensor> body = blocks;
    UnaryOperator<Tensor> last = made.linear(512, 10);
    long[] three = {3, 3};
    return made.step(
        x -> {
          Tensor y = stem.apply(x).relu();
          y = torch.max_pool2d(y, three, new long[] {2, 2}, ONE, ONE, false);
          return last.apply(torch.adaptive_avg_pool2d(body.apply(y), 1, 1).flatten(1, -1));
        },
        batch,
        3,
        64);
  }

  private UnaryOperator<Tensor> block(long in, long out) {
    long stride = in == out ? 1 : 2;
    UnaryOperator<Tensor> first = convNorm(in, out, 3, stride);
    UnaryOperator<Tensor> second = convNorm(out, out, 3, 1);
    UnaryOperator<Tensor> beside =
        in == out ? UnaryOperator.identity() : convNorm(in, out, 1, stride);
    return x -> second.apply(first.apply(x).relu()).add_(beside.apply(x)).relu_();
  }

  private UnaryOperator<Tensor> convNorm(long in, long out, long kernel, long stride) {
    Tensor weight = parameter(in * kernel * kernel, out, in, kernel, kernel);
    TensorOptional scale = new TensorOptional(parameter(torch.ones(out)));
    TensorOptional shift = new TensorOptional(parameter(torch.zeros(out)));
    TensorOptional mean = new TensorOptional(torch.zeros(out));
    TensorOptional variance = new TensorOptional(torch.ones(out));
    long[] steps = {stride, stride};
    long[] padding = {kernel / 2, kernel / 2};
    return x ->
        torch.batch_norm(
            torch.conv2d(x, weight, NONE, steps, padding, ONE, 1),
            scale,
            shift,
            mean,
            variance,
            true,
            0.1,
            1e-5,
            false);
  }

  private UnaryOperator<Tensor> biasedConv(long in, long out, long kernel) {
    Tensor weight = parameter(in * kernel * kernel, out, in, kernel, kernel);
    TensorOptional bias = new TensorOptional(parameter(torch.zeros(out)));
    long[] none = {0, 0};
    return x -> torch.conv2d(x, weight, bias, ONE, none, ONE, 1);
  }

  private UnaryOperator<Tensor> linear(long in, long out) {
    Tensor weight = parameter(in, out, in);
    TensorOptional bias = new TensorOptional(parameter(torch.zeros(out)));
    return x -> torch.linear(x, weight, bias);
  }

  private Tensor parameter(long fanIn, long... shape) {
    Tensor drawn = torch.randn(shape).mul(new Scalar(Math.sqrt(1.0 / fanIn)));
    return parameter(shape.length == 4 ? drawn.contiguous(layout.memory()) : drawn);
  }

  private Tensor parameter(Tensor value) {
    value.set_requires_grad(true);
    parameters.push_back(value);
    return value;
  }

  private Runnable step(UnaryOperator<Tensor> model, int batch, long channels, long size) {
    Adam optimizer = new Adam(parameters);
    Tensor x = torch.randn(batch, channels, size, size).contiguous(layout.memory());
    Tensor y = Libtorch.classes(batch);
    return () -> {
      try (PointerScope scope = new PointerScope()) {
        optimizer.zero_grad();
        torch.cross_entropy(model.apply(x), y).backward();
        optimizer.step();
      }
    };
  }
}
