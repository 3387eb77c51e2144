package io.arclight.it.parity;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How far a result in a narrow dtype may be off where terms are added up in a free order: as near
 * to the float64 result as twice the peer's error, and some units of rounding of what the result
 * moves when magnitudes replace the inputs, or when the inputs move by a unit of rounding
 * themselves.
 */
final class ErrorBound {
  private static final double UNITS = 16;
  private static final int SHAKES = 3;

  private final Function<List<Tensor>, List<Value>> function;
  private final List<Tensor> inputs;
  private final double unit;
  private List<Value> wide;
  private final List<List<Value>> shaken = new ArrayList<>();
  private List<Value> magnitudes;

  /**
   * @param function of the inputs in float64
   * @param dtype whose rounding counts
   */
  ErrorBound(Function<List<Tensor>, List<Value>> function, List<Tensor> inputs, String dtype) {
    this.function = function;
    this.inputs = inputs.stream().map(ErrorBound::widened).toList();
    this.unit = Tolerance.of(dtype).rounding();
  }

  private static Tensor widened(Tensor t) {
    Tensor d = t.detach();
    if (d.is_complex()) {
      return d.to(ScalarType.ComplexDouble);
    }
    return d.is_floating_point() ? d.to(ScalarType.Double) : d;
  }

  private List<Value> of(UnaryOperator<Tensor> change) {
    return function.apply(
        inputs.stream()
            .map(t -> t.is_floating_point() || t.is_complex() ? change.apply(t).detach() : t)
            .toList());
  }

  private void run() {
    wide = of(t -> t);
    torch.manual_seed(5);
    for (int k = 0; k < SHAKES; k++) {
      try {
        shaken.add(
            of(t -> t.mul(torch.rand_like(t).mul(new Scalar(2 * unit)).add(new Scalar(1 - unit)))));
      } catch (RuntimeException e) {
        break; // at the end of the function's domain, as a probability of 1
      }
    }
    try {
      magnitudes = of(t -> t.is_complex() ? t : t.abs());
    } catch (RuntimeException e) {
      magnitudes = List.of(); // not every function takes them, such as a factorisation
    }
  }

  /** The first element of output {@code o} that is neither close nor as good as the peer's. */
  int firstWorse(Value actual, Value peer, int o) {
    if (wide == null) {
      run();
    }
    Value w = wide.get(o);
    if (w == null || w.data().length != peer.data().length) {
      return 0;
    }
    Tolerance tolerance = Tolerance.of(peer.dtype());
    double largest = w.largest();
    for (int i = 0; i < peer.data().length; i++) {
      double a = actual.data()[i];
      double p = peer.data()[i];
      if (!tolerance.close(a, p)) {
        double exact = w.data()[i];
        double allowed =
            2 * Math.abs(p - exact)
                + UNITS * (moved(o, i) + unit * Math.max(largest, magnitude(o, i)));
        if (!(Math.abs(a - exact) <= allowed)) {
          return i;
        }
      }
    }
    return -1;
  }

  private double moved(int o, int i) {
    double most = 0;
    for (List<Value> s : shaken) {
      Value v = s.get(o);
      double by = v == null || i >= v.data().length ? 0 : v.data()[i] - wide.get(o).data()[i];
      most = Double.isFinite(by) ? Math.max(most, Math.abs(by)) : most;
    }
    return most;
  }

  private double magnitude(int o, int i) {
    Value v = o < magnitudes.size() ? magnitudes.get(o) : null;
    double m = v == null || i >= v.data().length ? 0 : Math.abs(v.data()[i]);
    return Double.isFinite(m) ? m : 0;
  }
}
