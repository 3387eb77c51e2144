package io.arclight.it.ops;

import io.arclight.it.ops.Work.Input;
import io.arclight.nn.ConvOptions;
import io.arclight.nn.Functional;
import io.arclight.nn.PoolOptions;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The comparison of {@code ConvBenchmark}. */
public final class ConvComparison {
  private static final int ROUNDS = 11;

  private ConvComparison() {}

  private record Shape(int n, int in, int size, int out, int kernel, int stride, int padding) {
    @Override
    public String toString() {
      return "%d x %d x %d x %d, %d -> %d, %d x %d, stride %d"
          .formatted(n, in, size, size, in, out, kernel, kernel, stride);
    }

    Work work(String family) {
      long[] steps = {stride, stride};
      long[] pads = {padding, padding};
      ConvOptions options = new ConvOptions().stride(stride).padding(padding);
      return new Work(
          family,
          toString(),
          batch ->
              List.of(
                  Input.floats(batch, in, size, size),
                  Input.floats(out, in, kernel, kernel),
                  Input.floats(out)),
          x -> Functional.conv2d(x[0], x[1], x[2], options),
          x ->
              torch.conv2d(x[0], x[1], new TensorOptional(x[2]), steps, pads, new long[] {1, 1}, 1),
          null,
          "torch.conv2d(x0, x1, x2, stride=%d, padding=%d)".formatted(stride, padding),
          null);
    }
  }

  private static final List<Shape> CNN =
      List.of(new Shape(64, 1, 28, 32, 3, 1, 1), new Shape(64, 32, 28, 64, 3, 1, 1));

  private static final List<Shape> RESNET =
      List.of(
          new Shape(8, 3, 64, 64, 7, 2, 3),
          new Shape(8, 64, 16, 64, 3, 1, 1),
          new Shape(8, 64, 16, 128, 3, 2, 1),
          new Shape(8, 64, 16, 128, 1, 2, 0),
          new Shape(8, 128, 8, 128, 3, 1, 1),
          new Shape(8, 128, 8, 256, 3, 2, 1),
          new Shape(8, 128, 8, 256, 1, 2, 0),
          new Shape(8, 256, 4, 256, 3, 1, 1),
          new Shape(8, 256, 4, 512, 3, 2, 1),
          new Shape(8, 256, 4, 512, 1, 2, 0),
          new Shape(8, 512, 2, 512, 3, 1, 1));

  /** Two convolutions, pooled, and a linear layer, of images whose gradients nobody wants. */
  private static Work cnn() {
    ConvOptions padded = new ConvOptions().padding(1);
    long[] one = {1, 1};
    return new Work(
        "CNN",
        "CNN 1-32-64 with pooling, 10 classes, 64 x 28 x 28",
        n ->
            List.of(
                new Input(255, n, 1, 28, 28),
                Input.floats(32, 1, 3, 3),
                Input.floats(32),
                Input.floats(64, 32, 3, 3),
                Input.floats(64),
                Input.floats(10, 64 * 7 * 7),
                Input.floats(10)),
        x -> {
          Tensor h = Functional.conv2d(x[0].to(DType.FLOAT32), x[1], x[2], padded).relu();
          h = Functional.maxPool2d(h, PoolOptions.of(2));
          h = Functional.conv2d(h, x[3], x[4], padded).relu();
          h = Functional.maxPool2d(h, PoolOptions.of(2));
          return Functional.linear(h.flatten(1), x[5], x[6]);
        },
        x -> {
          var h = x[0].to(torch.ScalarType.Float);
          h = torch.conv2d(h, x[1], new TensorOptional(x[2]), one, one, one, 1).relu();
          h = torch.max_pool2d(h, 2, 2);
          h = torch.conv2d(h, x[3], new TensorOptional(x[4]), one, one, one, 1).relu();
          h = torch.max_pool2d(h, 2, 2);
          return torch.linear(h.flatten(1, 3), x[5], new TensorOptional(x[6]));
        },
        null,
        "torch.nn.functional.linear(torch.max_pool2d(torch.conv2d(torch.max_pool2d(torch.conv2d("
            + "x0.float(), x1, x2, padding=1).relu(), 2), x3, x4, padding=1).relu(), 2)"
            + ".flatten(1), x5, x6)",
        null);
  }

  /** Prints a table of the works whose names {@code matching} finds. */
  public static void run(String matching, String python) throws IOException {
    Workers.threads(1);
    openblas_nolapack.blas_set_num_threads(1);
    torch.set_num_threads(1);
    try (PythonPeer peer = python == null ? null : new PythonPeer(python)) {
      System.out.println("libtorch 2.10.0, pip " + (peer == null ? "-" : peer.version()));
      System.out.println("| | | Arclight | libtorch | ratio | pip | ratio |");
      System.out.println("|---|---|---:|---:|---:|---:|---:|");
      for (Shape s : CNN) {
        compare(s.work("CNN"), s.n, matching, peer);
      }
      for (Shape s : RESNET) {
        compare(s.work("ResNet-18"), s.n, matching, peer);
      }
      compare(cnn(), 64, matching, peer);
    }
  }

  private static void compare(Work work, int n, String matching, PythonPeer peer) {
    if (work.name().matches(matching)) {
      Sides.compare(work, n, ROUNDS, peer, (direction, t) -> row(work, direction, t));
    }
  }

  private static void row(Work work, String direction, double[] t) {
    System.out.printf(
        Locale.ROOT,
        "| %s %s | %s | %.3f ms | %.3f ms | %.2f | %.3f ms | %.2f |%n",
        work.family(),
        work.name(),
        direction,
        t[0] / 1e6,
        t[1] / 1e6,
        t[0] / t[1],
        t[2] / 1e6,
        t[0] / t[2]);
  }
}
