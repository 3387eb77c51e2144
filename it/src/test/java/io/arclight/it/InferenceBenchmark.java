package io.arclight.it;

import io.arclight.autograd.Autograd;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.it.ops.Cost;
import io.arclight.it.ops.PythonPeer;
import io.arclight.models.MobileNetV2;
import io.arclight.models.ResNet;
import io.arclight.nn.Layer;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/**
 * Image models in evaluation mode, as programs, which {@code predict} runs, and as modules, beside
 * PyTorch of pip in both orders of memory, on one thread.
 */
public final class InferenceBenchmark {
  private static final int ROUNDS = 15;

  private InferenceBenchmark() {}

  /** Argument: a Python executable with torch and torchvision. */
  public static void main(String[] args) throws IOException {
    Workers.threads(1);
    Cost.printLoad();
    try (PythonPeer peer = new PythonPeer(args[0])) {
      System.out.println("ms of CPU time; PyTorch " + peer.version());
      System.out.println("| model | input | program | module | PyTorch | channels_last | ratio |");
      System.out.println("|---|---|---:|---:|---:|---:|---:|");
      measure("resnet18", ResNet.resnet18(10), 64, 8, peer);
      measure("resnet18", ResNet.resnet18(10), 224, 1, peer);
      measure("resnet50", ResNet.resnet50(10), 64, 8, peer);
      measure("mobilenet_v2", new MobileNetV2(10), 64, 8, peer);
    }
    Cost.printLoad();
  }

  private static void measure(String name, Layer model, int size, int batch, PythonPeer peer) {
    model.eval();
    Tensor x = Tensor.randn(Shape.of(batch, 3, size, size)).keep();
    Map<String, Tensor> inputs = Map.of("x", x);
    try (Program program = Program.trace(model, Signature.of("x", Shape.of(3, size, size)))) {
      Runnable served =
          () -> {
            try (Scope scope = Scope.open()) {
              program.run(inputs);
            }
          };
      Runnable eager =
          () -> {
            try (Scope scope = Scope.open();
                var quiet = Autograd.noGrad()) {
              Tensor unused = model.call(x);
            }
          };
      String where = "%s %dx3x%dx%d".formatted(name, batch, size, size);
      double[] t =
          Cost.compare(
              ROUNDS,
              Cost.thread(served),
              Cost.thread(eager),
              peer.script(where, script(name, size, batch, "contiguous_format")),
              peer.script(where + " last", script(name, size, batch, "channels_last")));
      System.out.printf(
          Locale.ROOT,
          "| %s | %dx3x%dx%d | %.2f | %.2f | %.2f | %.2f | %.2f |%n",
          name,
          batch,
          size,
          size,
          t[0] / 1e6,
          t[1] / 1e6,
          t[2] / 1e6,
          t[3] / 1e6,
          t[0] / Math.min(t[2], t[3]));
    }
    x.close();
  }

  private static String script(String name, int size, int batch, String format) {
    return """
        import torchvision
        model = torchvision.models.%s(num_classes=10).eval().to(memory_format=torch.%s)
        x = torch.randn(%d, 3, %d, %d).to(memory_format=torch.%s)
        def step():
            with torch.no_grad(): model(x)
        """
        .formatted(name, format, batch, size, size, format);
  }
}
