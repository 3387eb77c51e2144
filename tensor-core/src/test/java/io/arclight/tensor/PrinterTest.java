package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tensors print as PyTorch prints them; see {@code it/oracle/printing.py}. */
@Timeout(120)
class PrinterTest {
  record Case(String header, String values, String text) {}

  static List<Case> cases() throws IOException {
    List<String> lines;
    try (InputStream in = PrinterTest.class.getResourceAsStream("printing.txt")) {
      lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    List<Case> out = new ArrayList<>();
    for (int i = 0; i < lines.size(); ) {
      String header = lines.get(i++);
      String values = lines.get(i++);
      List<String> text = new ArrayList<>();
      while (i < lines.size() && lines.get(i).startsWith("|")) {
        text.add(lines.get(i++).substring(1));
      }
      out.add(new Case(header, values, String.join("\n", text)));
    }
    return out;
  }

  @Test
  void printsWhatPyTorchPrints() throws IOException {
    List<Case> cases = cases();
    assertThat(cases).hasSizeGreaterThan(200);
    for (Case c : cases) {
      try (Scope scope = Scope.open()) {
        String[] h = c.header.split(" ");
        PrintOptions options =
            new PrintOptions(
                Integer.parseInt(h[3]),
                Long.parseLong(h[4]),
                Integer.parseInt(h[5]),
                Integer.parseInt(h[6]),
                PrintOptions.Sci.valueOf(h[7]));
        assertThat(Printer.print(tensor(DType.of(h[1]), h[2], c.values), options))
            .as(c.header)
            .isEqualTo(c.text);
      }
    }
  }

  private static Tensor tensor(DType dtype, String sizes, String values) {
    Shape shape =
        sizes.equals("-")
            ? Shape.SCALAR
            : Shape.of(Arrays.stream(sizes.split(",")).mapToLong(Long::parseLong).toArray());
    if (values.startsWith("range ")) {
      double by = 1 / Double.parseDouble(values.substring(6));
      Tensor count = Tensor.arange(0, shape.elements(), 1, DType.FLOAT64);
      return count.mul(by).to(dtype).reshape(shape);
    }
    String[] words = values.isEmpty() ? new String[0] : values.split(" ");
    if (!dtype.isFloatingPoint()) {
      return Tensor.of(Arrays.stream(words).mapToLong(Long::parseLong).toArray(), shape).to(dtype);
    }
    return Tensor.of(Arrays.stream(words).mapToDouble(PrinterTest::real).toArray(), shape)
        .to(dtype);
  }

  private static double real(String word) {
    return switch (word) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(word);
    };
  }

  @Test
  void suffixesSayDeviceAndGraph() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(1f, 2f).requiresGrad(true);
      assertThat(x).hasToString("tensor([1., 2.], requires_grad=True)");
      assertThat(x.add(1)).hasToString("tensor([2., 3.], grad_fn=<AddBackward0>)");
      assertThat(Tensor.of(1, 2).to(Device.QUEUE))
          .hasToString("tensor([1, 2], device='queue', dtype=torch.int32)");
      Tensor wide = Tensor.ones(Shape.of(8)).div(3).requiresGrad(true);
      assertThat(wide.toString()).endsWith("0.3333],\n       requires_grad=True)");
    }
  }

  @Test
  void optionsAreSetForAll() {
    try (Scope scope = Scope.open()) {
      PrintOptions.DEFAULT.precision(1).set();
      assertThat(Tensor.of(0.25f)).hasToString("tensor([0.2])");
    } finally {
      PrintOptions.DEFAULT.set();
    }
  }
}
