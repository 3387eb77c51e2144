package io.arclight.tensor;

import java.util.Locale;

/** Prints tensors; long dimensions are shortened to their ends. */
final class Printer {
  private static final int EDGE = 3;
  private static final int THRESHOLD = 1000;

  private Printer() {}

  static String print(Tensor t) {
    if (t.storage().isClosed()) {
      return "tensor(closed, shape=" + t.shape() + ", dtype=" + t.dtype() + ")";
    }
    StringBuilder s = new StringBuilder("tensor(");
    if (t.elements() == 0) {
      s.append("[]");
    } else {
      append(s, t.detach(), t.elements() > THRESHOLD, 8);
    }
    if (t.elements() == 0 || t.rank() > 0 && t.elements() > THRESHOLD) {
      s.append(", shape=").append(t.shape());
    }
    DType standard = DType.defaultDType();
    boolean implied = t.dtype() == standard || t.dtype() == standard.toComplex();
    if (!implied && t.dtype() != DType.INT64 && t.dtype() != DType.BOOL) {
      s.append(", dtype=").append(t.dtype());
    }
    if (!t.device().equals(Device.CPU)) {
      s.append(", device=").append(t.device());
    }
    if (t.requiresGrad()) {
      String op = t.isLeaf() ? "requiresGrad" : "gradFn=" + t.gradMeta().node().op().name();
      s.append(", ").append(op);
    }
    return s.append(')').toString();
  }

  private static void append(StringBuilder s, Tensor t, boolean shorten, int indent) {
    if (t.rank() == 0) {
      s.append(element(t));
      return;
    }
    long n = t.dim(0);
    s.append('[');
    for (long i = 0; i < n; i++) {
      if (shorten && n > 2 * EDGE && i == EDGE) {
        s.append(t.rank() > 1 ? ",\n" + " ".repeat(indent) + "..." : ", ...");
        i = n - EDGE;
      }
      if (i > 0) {
        s.append(t.rank() > 1 ? ",\n" + " ".repeat(indent) : ", ");
      }
      append(s, t.select(0, i), shorten, indent + 1);
    }
    s.append(']');
  }

  private static String element(Tensor t) {
    double[] parts = Tensors.toDoubles(t);
    if (t.dtype().isComplex()) {
      String im = real(parts[1]);
      return real(parts[0]) + (im.startsWith("-") ? "" : "+") + im + "j";
    }
    double v = parts[0];
    if (t.dtype() == DType.BOOL) {
      return v != 0 ? "true" : "false";
    }
    if (!t.dtype().isFloatingPoint()) {
      return Long.toString(Tensors.toLongs(t)[0]);
    }
    return real(v);
  }

  private static String real(double v) {
    if (Double.isNaN(v)) {
      return "nan";
    }
    if (Double.isInfinite(v)) {
      return v > 0 ? "inf" : "-inf";
    }
    double a = Math.abs(v);
    return String.format(Locale.ROOT, a != 0 && (a < 1e-4 || a >= 1e6) ? "%.4e" : "%.4f", v);
  }
}
