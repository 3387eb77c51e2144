package io.arclight.it;

import io.arclight.autograd.Autograd;
import io.arclight.it.ops.Cost;
import io.arclight.it.ops.PythonPeer;
import io.arclight.nn.BCEWithLogitsLoss;
import io.arclight.nn.HuberLoss;
import io.arclight.nn.KLDivLoss;
import io.arclight.nn.L1Loss;
import io.arclight.nn.Loss;
import io.arclight.nn.MSELoss;
import io.arclight.nn.PoissonNLLLoss;
import io.arclight.nn.Reduction;
import io.arclight.nn.SmoothL1Loss;
import io.arclight.nn.SoftMarginLoss;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;

/**
 * Means of elementwise losses, as one operation and as losses whose mean is taken, beside PyTorch
 * of pip: forward alone and with backward, on one thread.
 */
public final class LossBenchmark {
  private static final int ROUNDS = 11;
  private static final long[][] SHAPES = {{64, 10}, {256, 100}, {1000, 1000}};

  private LossBenchmark() {}

  /** Arguments: a Python executable with torch, a regular expression of names. */
  public static void main(String[] args) throws IOException {
    Workers.threads(1);
    String wanted = args.length > 1 ? args[1] : ".*";
    Cost.printLoad();
    try (PythonPeer peer = new PythonPeer(args[0])) {
      System.out.println("us of CPU time; PyTorch " + peer.version());
      System.out.println("| loss | shape | | one operation | losses, mean | PyTorch | ratio |");
      System.out.println("|---|---|---|---:|---:|---:|---:|");
      for (long[] shape : SHAPES) {
        for (Map.Entry<String, Loss> loss : losses().entrySet()) {
          if (loss.getKey().matches(wanted)) {
            measure(loss.getKey(), loss.getValue(), shape, peer);
          }
        }
      }
    }
    Cost.printLoad();
  }

  private static Map<String, Loss> losses() {
    Map<String, Loss> out = new LinkedHashMap<>();
    out.put("mse_loss", new MSELoss());
    out.put("l1_loss", new L1Loss());
    out.put("smooth_l1_loss", new SmoothL1Loss());
    out.put("huber_loss", new HuberLoss());
    out.put("binary_cross_entropy_with_logits", new BCEWithLogitsLoss());
    out.put("poisson_nll_loss", new PoissonNLLLoss());
    out.put("kl_div", new KLDivLoss());
    out.put("soft_margin_loss", new SoftMarginLoss());
    return out;
  }

  private static void measure(String name, Loss loss, long[] shape, PythonPeer peer) {
    Tensor x = Tensor.rand(Shape.of(shape)).keep().requiresGrad(true);
    Tensor y = Tensor.rand(Shape.of(shape)).keep();
    Loss each = loss.reduction(Reduction.NONE);
    BinaryOperator<Tensor> one = loss::forward;
    BinaryOperator<Tensor> two = (a, b) -> each.forward(a, b).mean();
    String script =
        """
        import torch.nn.functional as F
        x, y = torch.rand(%1$d, %2$d, requires_grad=True), torch.rand(%1$d, %2$d)
        f = lambda: F.%3$s(x, y)
        def step():
        """
            .formatted(shape[0], shape[1], name);
    String where = name + " " + Shape.of(shape);
    row(
        name,
        shape,
        "forward",
        Cost.compare(
            ROUNDS,
            Cost.thread(forward(one, x, y)),
            Cost.thread(forward(two, x, y)),
            peer.script(where + " forward", script + "    with torch.no_grad(): f()\n")));
    row(
        name,
        shape,
        "and backward",
        Cost.compare(
            ROUNDS,
            Cost.thread(both(one, x, y)),
            Cost.thread(both(two, x, y)),
            peer.script(where, script + "    f().backward()\n    x.grad = None\n")));
  }

  private static Runnable forward(BinaryOperator<Tensor> loss, Tensor x, Tensor y) {
    return () -> {
      try (Scope scope = Scope.open();
          var quiet = Autograd.noGrad()) {
        Tensor unused = loss.apply(x, y);
      }
    };
  }

  private static Runnable both(BinaryOperator<Tensor> loss, Tensor x, Tensor y) {
    return () -> {
      try (Scope scope = Scope.open()) {
        loss.apply(x, y).backward();
        x.grad().close();
        x.grad(null);
      }
    };
  }

  private static void row(String name, long[] shape, String direction, double[] t) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %dx%d | %s | %.2f | %.2f | %.2f | %.2f |%n",
        name,
        shape[0],
        shape[1],
        direction,
        t[0] / 1000,
        t[1] / 1000,
        t[2] / 1000,
        t[0] / t[2]);
  }
}
