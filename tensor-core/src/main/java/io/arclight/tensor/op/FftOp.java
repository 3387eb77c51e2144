package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/**
 * The discrete Fourier transform of the last dimension, times {@code scale}.
 *
 * @param length of the result where it is real, else of the input
 */
public record FftOp(Kind kind, Direction direction, long length, double scale) implements Op {

  /** What goes in and what comes out; half spectra have {@code length / 2 + 1} values. */
  public enum Kind {
    COMPLEX,
    /** Real numbers to half a spectrum, forward. */
    REAL_TO_HALF,
    /** Half a spectrum to real numbers, inverse. */
    HALF_TO_REAL
  }

  /** The sign of the exponent. */
  public enum Direction {
    FORWARD,
    INVERSE;

    Direction other() {
      return this == FORWARD ? INVERSE : FORWARD;
    }
  }

  @Override
  public String name() {
    return "FFT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    DType t = x.dtype();
    boolean real = kind == Kind.REAL_TO_HALF;
    boolean fits = real ? t == DType.FLOAT32 || t == DType.FLOAT64 : t.isComplex();
    if (!fits) {
      throw new DTypeException(
          "fft: needs a "
              + (real ? "float32 or float64" : "complex")
              + " tensor, not "
              + t
              + ": convert with to(dtype)");
    }
    if (x.rank() == 0) {
      throw new ShapeException("fft: needs at least one dimension, got a scalar");
    }
    if (length < 1) {
      throw new ShapeException(
          "fft: cannot transform " + length + " values: the length must be positive");
    }
    long expected = kind == Kind.HALF_TO_REAL ? length / 2 + 1 : length;
    if (x.dim(-1) != expected) {
      throw new ShapeException(
          "fft: expects " + expected + " values in the last dimension of shape " + x.shape());
    }
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = real ? length / 2 + 1 : length;
    DType out = kind == Kind.HALF_TO_REAL ? t.toReal() : t.toComplex();
    return List.of(new Spec(Shape.of(dims), out, x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    if (out.elements() == 0) {
      return new Tensor[] {out};
    }
    Tensor x = in[0].isContiguous() ? in[0].detach() : LapackBatch.dense(in[0]);
    long batches = x.elements() / x.dim(-1);
    Tensor from = Pairs.of(x);
    Tensor to = Pairs.of(out);
    DType t = from.dtype();
    switch (kind) {
      case COMPLEX ->
          FourierPlan.of(length, t, x.device()).run(from, to, batches, direction, scale);
      case REAL_TO_HALF -> RealFourier.of(length, t, x.device()).forward(from, to, batches, scale);
      case HALF_TO_REAL -> RealFourier.of(length, t, x.device()).inverse(from, to, batches, scale);
    }
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    return new Tensor[] {
      switch (kind) {
        case COMPLEX -> Tensor.apply(new FftOp(Kind.COMPLEX, direction.other(), length, scale), g);
        case REAL_TO_HALF ->
            Tensor.apply(
                new FftOp(Kind.HALF_TO_REAL, Direction.INVERSE, length, scale),
                g.mul(weights(0.5, g)));
        case HALF_TO_REAL -> {
          Tensor half =
              Tensor.apply(new FftOp(Kind.REAL_TO_HALF, Direction.FORWARD, length, scale), g);
          yield half.mul(weights(2, half));
        }
      }
    };
  }

  /** {@code inner} for what half a spectrum stands for twice, 1 for its first and middle. */
  private Tensor weights(double inner, Tensor half) {
    double[] out = new double[(int) (length / 2 + 1)];
    Arrays.fill(out, inner);
    out[0] = 1;
    if (length % 2 == 0) {
      out[out.length - 1] = 1;
    }
    return Tensor.of(out).to(half.dtype().toReal()).to(half.device());
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Tensor.applyAll(this, in);
  }

  static List<OpInfo> infos() {
    return List.of(
        new OpInfo(
            "fft of the last dimension",
            EnumSet.of(DType.COMPLEX64, DType.COMPLEX128),
            in ->
                List.of(
                    Sample.of(new FftOp(Kind.COMPLEX, Direction.FORWARD, 6, 0.5), in.exactly(2, 6))
                        .peer("torch.fft.fft(x0.reshape(2, 6)) * 0.5"),
                    Sample.of(new FftOp(Kind.COMPLEX, Direction.FORWARD, 5, 0.5), in.exactly(2, 5))
                        .peer("torch.fft.fft(x0.reshape(2, 5)) * 0.5"),
                    Sample.of(new FftOp(Kind.COMPLEX, Direction.FORWARD, 3, 0.5), in.exactly(2, 3))
                        .peer("torch.fft.fft(x0.reshape(2, 3)) * 0.5"),
                    Sample.of(
                            new FftOp(Kind.COMPLEX, Direction.INVERSE, 4, 0.25),
                            in.transposed(3, 4))
                        .peer("torch.fft.ifft(x0.reshape(3, 4))"),
                    Sample.of(
                            new FftOp(Kind.HALF_TO_REAL, Direction.INVERSE, 6, 0.5),
                            in.exactly(2, 4))
                        .peer("torch.fft.irfft(x0.reshape(2, 4), n=6, norm='forward') * 0.5"),
                    Sample.of(
                            new FftOp(Kind.HALF_TO_REAL, Direction.INVERSE, 5, 0.5),
                            in.exactly(2, 3))
                        .peer("torch.fft.irfft(x0.reshape(2, 3), n=5, norm='forward') * 0.5")),
            in ->
                List.of(
                    ErrorSample.of(
                        new FftOp(Kind.COMPLEX, Direction.FORWARD, 5, 1),
                        ShapeException.class,
                        "needs at least one dimension, got a scalar",
                        in.any()),
                    ErrorSample.of(
                        new FftOp(Kind.COMPLEX, Direction.FORWARD, 0, 1),
                        ShapeException.class,
                        "cannot transform 0 values",
                        in.any(2, 6)),
                    ErrorSample.of(
                        new FftOp(Kind.COMPLEX, Direction.FORWARD, 5, 1),
                        ShapeException.class,
                        "expects 5 values",
                        in.any(2, 6)),
                    ErrorSample.of(
                        new FftOp(Kind.REAL_TO_HALF, Direction.FORWARD, 6, 1),
                        DTypeException.class,
                        "needs a float32 or float64",
                        in.any(2, 6)))),
        OpInfo.of(
            "rfft of the last dimension",
            DTypes.PRECISE,
            in ->
                List.of(
                    Sample.of(new FftOp(Kind.REAL_TO_HALF, Direction.FORWARD, 6, 0.5), in.any(2, 6))
                        .peer("torch.fft.rfft(x0.reshape(2, 6)) * 0.5"),
                    Sample.of(
                            new FftOp(Kind.REAL_TO_HALF, Direction.FORWARD, 5, 0.5),
                            in.transposed(2, 5))
                        .peer("torch.fft.rfft(x0.reshape(2, 5)) * 0.5"))));
  }
}
