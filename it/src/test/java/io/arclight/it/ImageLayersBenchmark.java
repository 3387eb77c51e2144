package io.arclight.it;

import io.arclight.autograd.Autograd;
import io.arclight.it.ops.Cost;
import io.arclight.it.ops.PythonPeer;
import io.arclight.nn.Functional;
import io.arclight.nn.InterpolateOptions;
import io.arclight.nn.NormOptions;
import io.arclight.nn.PoolOptions;
import io.arclight.tensor.GradientEngine;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * Normalisation, pooling and interpolation at ResNet-18's sizes (batch 8, 64 x 64) beside PyTorch
 * of pip, forward and backward on one thread, with both orders of memory.
 */
public final class ImageLayersBenchmark {
  private static final int ROUNDS = 7;

  private ImageLayersBenchmark() {}

  private record Case(String name, UnaryOperator<Tensor> ours, String theirs, long... shape) {}

  /** Arguments: a Python executable with torch, a regular expression of names. */
  public static void main(String[] args) throws IOException {
    Workers.threads(1);
    String wanted = args.length > 1 ? args[1] : ".*";
    try (PythonPeer peer = new PythonPeer(args[0])) {
      System.out.printf(
          "%-44s %10s %10s %6s  torch %s%n", "us", "Arclight", "PyTorch", "x", peer.version());
      for (Case c : cases()) {
        for (boolean last : new boolean[] {false, true}) {
          if (c.name.matches(wanted)) {
            measure(c, last, peer);
          }
        }
      }
    }
  }

  private static Case[] cases() {
    PoolOptions two = PoolOptions.of(2);
    PoolOptions three = PoolOptions.of(3).stride(2).padding(1);
    InterpolateOptions twice =
        InterpolateOptions.scaleFactor(2).mode(InterpolateOptions.Mode.BILINEAR);
    return new Case[] {
      norm(64, 32),
      norm(64, 16),
      norm(128, 8),
      norm(256, 4),
      norm(512, 2),
      new Case(
          "max_pool 2x2", x -> Functional.maxPool2d(x, two), "F.max_pool2d(x, 2)", 8, 64, 32, 32),
      new Case(
          "max_pool 3x3 /2",
          x -> Functional.maxPool2d(x, three),
          "F.max_pool2d(x, 3, 2, 1)",
          8,
          64,
          32,
          32),
      new Case(
          "avg_pool 2x2", x -> Functional.avgPool2d(x, two), "F.avg_pool2d(x, 2)", 8, 64, 32, 32),
      new Case(
          "adaptive_avg_pool 1",
          x -> Functional.adaptiveAvgPool2d(x, 1),
          "F.adaptive_avg_pool2d(x, 1)",
          8,
          512,
          2,
          2),
      new Case(
          "adaptive_avg_pool 1 large",
          x -> Functional.adaptiveAvgPool2d(x, 1),
          "F.adaptive_avg_pool2d(x, 1)",
          8,
          512,
          7,
          7),
      new Case(
          "group_norm 32",
          x -> Functional.groupNorm(x, 32, null, null, 1e-5),
          "F.group_norm(x, 32)",
          8,
          64,
          32,
          32),
      new Case(
          "bilinear x2",
          x -> Functional.interpolate(x, twice),
          "F.interpolate(x, scale_factor=2, mode='bilinear')",
          8,
          64,
          16,
          16)
    };
  }

  private static Case norm(long channels, long size) {
    Tensor weight = Tensor.ones(Shape.of(channels)).keep().requiresGrad(true);
    Tensor bias = Tensor.zeros(Shape.of(channels)).keep().requiresGrad(true);
    Tensor mean = Tensor.zeros(Shape.of(channels)).keep();
    Tensor var = Tensor.ones(Shape.of(channels)).keep();
    return new Case(
        "batch_norm " + channels + " x " + size,
        x -> Functional.batchNorm(x, mean, var, weight, bias, NormOptions.training()),
        "F.batch_norm(x, m, v, w, b, True)",
        8,
        channels,
        size,
        size);
  }

  private static void measure(Case c, boolean last, PythonPeer peer) {
    Tensor input = ordered(Tensor.randn(Shape.of(c.shape)), last).requiresGrad(true);
    Tensor g = ordered(Tensor.ones(c.ours.apply(input).shape()), last);
    Runnable ours =
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor y = c.ours.apply(input);
            y.backward(g, GradientEngine.GraphUse.RELEASE);
            input.grad().close();
            input.grad(null);
          }
        };
    Runnable forward =
        () -> {
          try (Scope scope = Scope.open();
              var quiet = Autograd.noGrad()) {
            Tensor unused = c.ours.apply(input);
          }
        };
    String script =
        """
        import torch.nn.functional as F
        x = torch.randn(%s)
        if %s: x = x.to(memory_format=torch.channels_last)
        x.requires_grad_()
        w, b = torch.ones(%d, requires_grad=True), torch.zeros(%d, requires_grad=True)
        m, v = torch.zeros(%d), torch.ones(%d)
        f = lambda: %s
        g = torch.ones_like(f().detach())
        def step():
            f().backward(g)
            x.grad = None
        """;
    String shape = Shape.of(c.shape).toString().replace("[", "").replace("]", "");
    long n = c.shape[1];
    String flag = last ? "True" : "False";
    String source = script.formatted(shape, flag, n, n, n, n, c.theirs);
    String quiet = source.substring(0, source.indexOf("def step"));
    quiet += "def step():\n    with torch.no_grad(): f()\n";
    String where = c.name + (last ? " channels last" : "");
    print(
        where + " forward",
        Cost.compare(ROUNDS, Cost.thread(forward), peer.script(where + "f", quiet)));
    print(where + " both", Cost.compare(ROUNDS, Cost.thread(ours), peer.script(where, source)));
  }

  private static Tensor ordered(Tensor x, boolean last) {
    return (last ? x.movedim(1, -1).contiguous().movedim(-1, 1) : x).detach().keep();
  }

  private static void print(String name, double[] t) {
    System.out.printf(
        Locale.ROOT, "%-44s %10.1f %10.1f %6.2f%n", name, t[0] / 1000, t[1] / 1000, t[1] / t[0]);
  }
}
