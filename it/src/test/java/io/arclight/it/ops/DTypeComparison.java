package io.arclight.it.ops;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.GradOptions;
import io.arclight.nn.ConvOptions;
import io.arclight.nn.Functional;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;

/** The comparison of {@code DTypeBenchmark}. */
public final class DTypeComparison {
  private static final int ROUNDS = 9;

  private final String matching;
  private final PythonPeer peer;

  private DTypeComparison(String matching, PythonPeer peer) {
    this.matching = matching;
    this.peer = peer;
  }

  /** Prints a table of the cases whose names {@code matching} finds. */
  public static void run(String matching, String python) throws IOException {
    Workers.threads(1);
    try (PythonPeer peer = python == null ? null : new PythonPeer(python)) {
      System.out.println("pip " + (peer == null ? "-" : peer.version()));
      System.out.println("| | Arclight | pip | ratio |");
      System.out.println("|---|---:|---:|---:|");
      new DTypeComparison(matching, peer).all();
    }
  }

  private void all() {
    for (DType half : List.of(DType.BFLOAT16, DType.FLOAT16)) {
      for (long n : new long[] {1_000, 100_000, 10_000_000}) {
        forward("to " + half, DType.FLOAT32, x -> x[0].to(half), "x0.to(torch.%s)", half, n);
        String name = "from " + half;
        forward(name, half, x -> x[0].to(DType.FLOAT32), "x0.to(torch.float32)", half, n);
        forward("add " + half, half, x -> x[0].add(x[0]), "x0 + x0", half, n);
        forward("gelu " + half, half, x -> x[0].gelu(), "torch.nn.functional.gelu(x0)", half, n);
      }
    }
    for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)) {
      linear(dtype, 64, 784, 128);
      linear(dtype, 1024, 256, 1024);
      linear(dtype, 1024, 1024, 256);
      linear(dtype, 1, 1024, 1024);
      linear(dtype, 2, 1024, 1024);
      linear(dtype, 8, 1024, 1024);
      linear(dtype, 16, 768, 3072);
      convolution(dtype, 64, 56);
      convolution(dtype, 256, 14);
    }
    for (DType dtype : List.of(DType.COMPLEX64, DType.COMPLEX128)) {
      products(dtype, Shape.of(16, 16), Shape.of(16, 16));
      products(dtype, Shape.of(128, 128), Shape.of(128, 128));
      products(dtype, Shape.of(512, 512), Shape.of(512, 512));
      products(dtype, Shape.of(64, 16, 16), Shape.of(64, 16, 16));
      products(dtype, Shape.of(16, 64, 64), Shape.of(16, 64, 64));
    }
  }

  private void forward(
      String name,
      DType dtype,
      Function<Tensor[], Tensor> ours,
      String theirs,
      DType other,
      long n) {
    String python = theirs.formatted(python(other));
    compare(name + " " + n, dtype, ours, python, false, Shape.of(n));
  }

  private void linear(DType dtype, long rows, long in, long out) {
    Function<Tensor[], Tensor> ours = x -> Functional.linear(x[0], x[1], x[2]);
    String theirs = "torch.nn.functional.linear(x0, x1, x2)";
    Shape[] shapes = {Shape.of(rows, in), Shape.of(out, in), Shape.of(out)};
    String name = "linear %s %d x %d to %d".formatted(dtype, rows, in, out);
    compare(name, dtype, ours, theirs, false, shapes);
    compare(name + " and backward", dtype, ours, theirs, true, shapes);
  }

  private void convolution(DType dtype, long channels, long size) {
    Function<Tensor[], Tensor> ours =
        x -> Functional.conv2d(x[0], x[1], null, new ConvOptions().padding(1));
    String theirs = "torch.nn.functional.conv2d(x0, x1, padding=1)";
    Shape[] shapes = {Shape.of(8, channels, size, size), Shape.of(channels, channels, 3, 3)};
    String name = "conv2d %s 8 x %d x %d x %d".formatted(dtype, channels, size, size);
    compare(name, dtype, ours, theirs, false, shapes);
    compare(name + " and backward", dtype, ours, theirs, true, shapes);
  }

  private void products(DType dtype, Shape a, Shape b) {
    String name = "matmul %s %s by %s".formatted(dtype, a, b);
    compare(name, dtype, x -> x[0].matmul(x[1]), "torch.matmul(x0, x1)", false, a, b);
    compare(name + " and backward", dtype, x -> x[0].matmul(x[1]), "x0 @ x1", true, a, b);
  }

  private static String python(DType dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  private void compare(
      String name,
      DType dtype,
      Function<Tensor[], Tensor> ours,
      String theirs,
      boolean backward,
      Shape... shapes) {
    if (!name.matches(matching)) {
      return;
    }
    try (Scope scope = Scope.open()) {
      Tensor[] inputs =
          Arrays.stream(shapes)
              .map(s -> new Generator(3).uniform(s, DType.FLOAT32, Device.CPU).sub(0.5).to(dtype))
              .toArray(Tensor[]::new);
      Runnable call = backward ? backward(ours, inputs) : forward(ours, inputs);
      Cost.Timed other =
          peer == null ? null : peer.script(name, script(dtype, theirs, backward, shapes));
      double[] t = Cost.compare(ROUNDS, Cost.thread(call), other);
      System.out.printf(
          Locale.ROOT,
          "| %s | %.2f us | %.2f us | %.2f |%n",
          name,
          t[0] / 1e3,
          t[1] / 1e3,
          t[0] / t[1]);
    }
    if (peer != null) {
      peer.clear();
    }
  }

  private static Runnable forward(Function<Tensor[], Tensor> ours, Tensor[] inputs) {
    return () -> {
      try (Scope step = Scope.open();
          Context.Restore mode = Autograd.noGrad()) {
        Objects.requireNonNull(ours.apply(inputs));
      }
    };
  }

  private static Runnable backward(Function<Tensor[], Tensor> ours, Tensor[] inputs) {
    List<Tensor> wanted = List.of(inputs);
    wanted.forEach(t -> t.requiresGrad(true));
    Tensor grad = ours.apply(inputs).detach();
    return () -> {
      try (Scope step = Scope.open()) {
        GradOptions options = GradOptions.standard().gradOutputs(grad);
        Autograd.grad(List.of(ours.apply(inputs)), wanted, options);
      }
    };
  }

  /** Images lie channels last, as they do here. */
  private static String script(DType dtype, String body, boolean backward, Shape... shapes) {
    List<String> lines = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < shapes.length; i++) {
      String dims = shapes[i].toString();
      String last = shapes[i].rank() == 4 ? ", memory_format=torch.channels_last" : "";
      lines.add(
          "x%d = (torch.rand(%s) - 0.5).to(torch.%s%s)".formatted(i, dims, python(dtype), last));
      if (backward) {
        lines.add("x%d.requires_grad_()".formatted(i));
      }
      names.add("x" + i);
    }
    if (backward) {
      lines.add("g = (" + body + ").detach()");
    }
    lines.add("def step():");
    if (backward) {
      lines.add(" torch.autograd.grad(%s, [%s], g)".formatted(body, String.join(", ", names)));
    } else {
      lines.add(" with torch.no_grad(): " + body);
    }
    return String.join("\n", lines);
  }
}
