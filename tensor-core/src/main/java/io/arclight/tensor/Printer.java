package io.arclight.tensor;

import io.arclight.tensor.op.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints tensors as PyTorch does, to the character. */
final class Printer {
  private static final String PREFIX = "tensor(";

  private final PrintOptions options;
  private final String[] cells;
  private final long[] dims;
  private final boolean[] shortened;
  private final int width;
  private int next;

  private Printer(
      PrintOptions options, NumberFormat.Formatted text, long[] dims, boolean[] shortened) {
    this.options = options;
    this.cells = text.cells();
    this.dims = dims;
    this.shortened = shortened;
    this.width = text.width();
  }

  static String print(Tensor t) {
    return print(t, PrintOptions.current());
  }

  static String print(Tensor t, PrintOptions options) {
    if (t.storage().isClosed()) {
      return "tensor(closed, shape=" + t.shape() + ", dtype=" + t.dtype() + ")";
    }
    if (VmapLevel.batched(t)) {
      return "tensor(a slice inside vmap, shape=" + t.shape() + ", dtype=" + t.dtype() + ")";
    }
    List<String> suffixes = new ArrayList<>();
    if (!t.device().equals(Device.defaultDevice())) {
      suffixes.add("device='" + t.device() + "'");
    }
    boolean empty = t.elements() == 0;
    if (empty ? t.rank() != 1 : options.edgeItems() == 0) {
      suffixes.add("size=" + size(t.shape()));
    }
    DType standard = DType.defaultDType();
    boolean plain =
        t.dtype() == DType.INT64 || t.dtype() == DType.BOOL || t.dtype() == standard.toComplex();
    if (t.dtype() != standard && (empty || !plain)) {
      suffixes.add("dtype=torch." + t.dtype());
    }
    if (!t.isLeaf()) {
      suffixes.add("grad_fn=<" + gradient(t.gradMeta().node().op()) + ">");
    } else if (t.requiresGrad()) {
      suffixes.add("requires_grad=True");
    }
    String body = empty ? "[]" : body(t.detach(), options);
    return withSuffixes(PREFIX + body, suffixes, options.lineWidth());
  }

  private static String size(Shape shape) {
    String inner =
        Arrays.stream(shape.toArray()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return "(" + inner + (shape.rank() == 1 ? ",)" : ")");
  }

  /** The name of an operation's node: {@code AddBackward0} of {@code ADD}. */
  private static String gradient(Op op) {
    StringBuilder s = new StringBuilder();
    for (String word : op.name().split("_")) {
      if (!word.isEmpty()) {
        s.append(word.substring(0, 1).toUpperCase(Locale.ROOT));
        s.append(word.substring(1).toLowerCase(Locale.ROOT));
      }
    }
    return s.append("Backward0").toString();
  }

  private static String withSuffixes(String start, List<String> suffixes, int lineWidth) {
    StringBuilder s = new StringBuilder(start);
    int line = start.length() - start.lastIndexOf('\n') + 1;
    for (String suffix : suffixes) {
      if (line + suffix.length() + 2 > lineWidth) {
        s.append(",\n").append(" ".repeat(PREFIX.length())).append(suffix);
        line = PREFIX.length() + suffix.length();
      } else {
        s.append(", ").append(suffix);
        line += suffix.length() + 2;
      }
    }
    return s.append(')').toString();
  }

  private static String body(Tensor t, PrintOptions options) {
    boolean shorten = t.elements() > options.threshold();
    int edge = options.edgeItems();
    if (shorten && edge == 0 && t.rank() > 0) {
      return "[...]";
    }
    boolean[] shortened = new boolean[t.rank()];
    Tensor shown = t;
    for (int d = 0; d < t.rank() && shorten; d++) {
      long n = t.dim(d);
      if (n > 2L * edge) {
        shortened[d] = true;
        shown = Tensor.cat(d, shown.narrow(d, 0, edge), shown.narrow(d, n - edge, edge));
      }
    }
    NumberFormat.Formatted text = new NumberFormat(options).format(shown);
    return new Printer(options, text, shown.shape().toArray(), shortened).level(0, PREFIX.length());
  }

  private String level(int depth, int indent) {
    if (depth == dims.length) {
      return cells[next++];
    }
    boolean last = depth == dims.length - 1;
    List<String> items = new ArrayList<>();
    for (long i = 0; i < dims[depth]; i++) {
      if (shortened[depth] && i == options.edgeItems()) {
        items.add(last ? " ..." : "...");
      }
      items.add(level(depth + 1, indent + 1));
    }
    String between = "," + "\n".repeat(dims.length - 1 - depth) + " ".repeat(indent + 1);
    return "[" + (last ? lines(items, indent) : String.join(between, items)) + "]";
  }

  private String lines(List<String> items, int indent) {
    int perLine = Math.max(1, (options.lineWidth() - indent) / (width + 2));
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        s.append(i % perLine == 0 ? ",\n" + " ".repeat(indent + 1) : ", ");
      }
      s.append(items.get(i));
    }
    return s.toString();
  }
}
