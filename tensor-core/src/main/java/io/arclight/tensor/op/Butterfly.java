package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;

/** Discrete Fourier transforms of a few values, written out as statements of a kernel. */
final class Butterfly {
  /** The largest size that is written out. */
  static final int MOST = 16;

  /** A complex value. */
  record Complex(Expr re, Expr im) {}

  private final RowKernel k;
  private final Type type;

  Butterfly(RowKernel k, Type type) {
    this.k = k;
    this.type = type;
  }

  /** {@code out[i] = sum over j of x[j] exp(-2 pi i j / n)}. */
  Complex[] transform(Complex[] x) {
    int n = x.length;
    if (n == 1) {
      return x;
    }
    if (n == 2) {
      return new Complex[] {add(x[0], x[1]), sub(x[0], x[1])};
    }
    if (n == 4) {
      return four(x);
    }
    int a = n % 4 == 0 ? 4 : smallestFactor(n);
    return a == n ? prime(x) : composite(x, a);
  }

  static int smallestFactor(int n) {
    for (int p = 2; p * p <= n; p++) {
      if (n % p == 0) {
        return p;
      }
    }
    return n;
  }

  private Complex[] four(Complex[] x) {
    Complex a = add(x[0], x[2]);
    Complex b = sub(x[0], x[2]);
    Complex c = add(x[1], x[3]);
    Complex d = sub(x[1], x[3]);
    Complex turned = new Complex(d.im, neg(d.re));
    return new Complex[] {add(a, c), add(b, turned), sub(a, c), sub(b, turned)};
  }

  /** By the sums and differences of what stands opposite. */
  private Complex[] prime(Complex[] x) {
    int n = x.length;
    int half = n / 2;
    Complex[] sums = new Complex[half + 1];
    Complex[] differences = new Complex[half + 1];
    Complex total = x[0];
    for (int j = 1; j <= half; j++) {
      sums[j] = add(x[j], x[n - j]);
      differences[j] = sub(x[j], x[n - j]);
      total = add(total, sums[j]);
    }
    Complex[] out = new Complex[n];
    out[0] = total;
    for (int i = 1; i <= half; i++) {
      Complex even = x[0];
      Complex odd = null;
      for (int j = 1; j <= half; j++) {
        double angle = 2 * Math.PI * (i * j % n) / n;
        Expr cos = constant(type, Math.cos(angle));
        Expr sin = constant(type, Math.sin(angle));
        even = named(fma(cos, sums[j].re, even.re), fma(cos, sums[j].im, even.im));
        odd =
            odd == null
                ? named(mul(sin, differences[j].re), mul(sin, differences[j].im))
                : named(fma(sin, differences[j].re, odd.re), fma(sin, differences[j].im, odd.im));
      }
      out[i] = named(Exprs.add(even.re, odd.im), Exprs.sub(even.im, odd.re));
      out[n - i] = named(Exprs.sub(even.re, odd.im), Exprs.add(even.im, odd.re));
    }
    return out;
  }

  private Complex[] composite(Complex[] x, int a) {
    int n = x.length;
    int b = n / a;
    Complex[][] columns = new Complex[b][];
    for (int j = 0; j < b; j++) {
      Complex[] column = new Complex[a];
      for (int i = 0; i < a; i++) {
        column[i] = x[j + b * i];
      }
      columns[j] = transform(column);
      for (int i = 0; i < a; i++) {
        columns[j][i] = turn(columns[j][i], i * j, n);
      }
    }
    Complex[] out = new Complex[n];
    for (int i = 0; i < a; i++) {
      Complex[] row = new Complex[b];
      for (int j = 0; j < b; j++) {
        row[j] = columns[j][i];
      }
      Complex[] done = transform(row);
      for (int j = 0; j < b; j++) {
        out[i + a * j] = done[j];
      }
    }
    return out;
  }

  /** {@code x exp(-2 pi i times / n)}. */
  private Complex turn(Complex x, int times, int n) {
    int t = times % n;
    if (t == 0) {
      return x;
    }
    if (4 * t == n) {
      return new Complex(x.im, neg(x.re));
    }
    if (2 * t == n) {
      return new Complex(neg(x.re), neg(x.im));
    }
    double angle = -2 * Math.PI * t / n;
    return times(x, constant(type, Math.cos(angle)), constant(type, Math.sin(angle)));
  }

  /** {@code x (re + i im)}. */
  Complex times(Complex x, Expr re, Expr im) {
    return named(fma(x.re, re, neg(mul(x.im, im))), fma(x.re, im, mul(x.im, re)));
  }

  private Complex add(Complex a, Complex b) {
    return named(Exprs.add(a.re, b.re), Exprs.add(a.im, b.im));
  }

  private Complex sub(Complex a, Complex b) {
    return named(Exprs.sub(a.re, b.re), Exprs.sub(a.im, b.im));
  }

  private Complex named(Expr re, Expr im) {
    return new Complex(k.let("r", re), k.let("i", im));
  }
}
