package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Fft;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Stft;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Windows;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Transforms, windows and spectra over time that are composed of operations. */
final class FftSamples {
  private static final Set<DType> REAL = real();
  private static final Set<DType> BOTH = DTypes.andComplex(REAL);
  private static final Set<DType> COMPLEX = EnumSet.of(DType.COMPLEX64, DType.COMPLEX128);

  private FftSamples() {}

  /** Integers and bools are transformed as float32. */
  private static Set<DType> real() {
    Set<DType> out = EnumSet.copyOf(DTypes.BITS);
    out.addAll(DTypes.PRECISE);
    return out;
  }

  @FunctionalInterface
  private interface One {
    Tensor apply(Tensor x, long n, int dim, Fft.Norm norm);
  }

  @FunctionalInterface
  private interface Many {
    Tensor apply(Tensor x, long[] sizes, Dim dims, Fft.Norm norm);
  }

  static List<OpInfo> infos() {
    return List.of(
        one("fft", BOTH, Fft::fft),
        one("ifft", BOTH, Fft::ifft),
        one("rfft", REAL, Fft::rfft),
        one("irfft", BOTH, Fft::irfft),
        one("hfft", BOTH, Fft::hfft),
        one("ihfft", REAL, Fft::ihfft),
        many("fftn", BOTH, Fft::fftn),
        many("ifftn", BOTH, Fft::ifftn),
        many("rfftn", REAL, Fft::rfftn),
        many("irfftn", BOTH, Fft::irfftn),
        many("fft2", BOTH, Fft::fft2),
        many("ifft2", BOTH, Fft::ifft2),
        many("rfft2", REAL, Fft::rfft2),
        many("irfft2", BOTH, Fft::irfft2),
        defaults(),
        shifts(),
        windows(),
        stft(),
        istft());
  }

  private static OpInfo one(String name, Set<DType> dtypes, One function) {
    return new OpInfo(
        name,
        dtypes,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Fft.Norm norm : Fft.Norm.values()) {
            String n = "norm='" + norm.name().toLowerCase(Locale.ROOT) + "')";
            out.add(
                Sample.composed(x -> function.apply(x[0], -1, -1, norm), in.any(2, 5))
                    .peer("torch.fft." + name + "(x0, " + n));
            out.add(
                Sample.composed(x -> function.apply(x[0], 3, 0, norm), in.any(5, 2))
                    .peer("torch.fft." + name + "(x0, n=3, dim=0, " + n));
          }
          out.add(
              Sample.composed(x -> function.apply(x[0], 8, 1, Fft.Norm.BACKWARD), in.any(2, 3, 1))
                  .peer("torch.fft." + name + "(x0, n=8, dim=1)"));
          return out;
        },
        in ->
            List.of(
                ErrorSample.composed(
                    x -> function.apply(x[0], 0, -1, Fft.Norm.BACKWARD),
                    ShapeException.class,
                    "must be positive",
                    in.any(2, 3)),
                ErrorSample.composed(
                    x -> function.apply(x[0], -1, -1, Fft.Norm.BACKWARD),
                    ShapeException.class,
                    "got a scalar",
                    in.any()),
                ErrorSample.composed(
                    x -> function.apply(x[0].real().to(DType.FLOAT16), 4, -1, Fft.Norm.BACKWARD),
                    DTypeException.class,
                    "has no float16",
                    in.any(2, 3))));
  }

  private static OpInfo many(String name, Set<DType> dtypes, Many function) {
    return new OpInfo(
        name,
        dtypes,
        in ->
            List.of(
                Sample.composed(
                        x -> function.apply(x[0], null, Dim.of(-2, -1), Fft.Norm.BACKWARD),
                        in.any(3, 4))
                    .peer("torch.fft." + name + "(x0, dim=[-2, -1])"),
                Sample.composed(
                        x -> function.apply(x[0], new long[] {2, 4}, Dim.of(2, 0), Fft.Norm.ORTHO),
                        in.any(3, 1, 3))
                    .peer("torch.fft." + name + "(x0, s=[2, 4], dim=[2, 0], norm='ortho')"),
                Sample.composed(
                        x -> function.apply(x[0], new long[] {3}, Dim.of(1), Fft.Norm.FORWARD),
                        in.any(2, 4))
                    .peer("torch.fft." + name + "(x0, s=[3], dim=[1], norm='forward')")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> function.apply(x[0], new long[] {3}, Dim.of(0, 1), Fft.Norm.BACKWARD),
                    ShapeException.class,
                    "sizes [3] for dimensions [0, 1]",
                    in.any(2, 3))));
  }

  private static OpInfo defaults() {
    return OpInfo.of(
        "fft of all dimensions",
        BOTH,
        in ->
            List.of(
                Sample.composed(x -> Fft.fftn(x[0]), in.any(2, 3, 2)).peer("torch.fft.fftn(x0)"),
                Sample.composed(x -> Fft.ifftn(x[0]), in.any(3, 2)).peer("torch.fft.ifftn(x0)"),
                Sample.composed(x -> Fft.fft2(x[0]), in.any(2, 2, 3)).peer("torch.fft.fft2(x0)"),
                Sample.composed(x -> Fft.ifft2(x[0]), in.any(2, 3)).peer("torch.fft.ifft2(x0)"),
                Sample.composed(x -> Fft.irfftn(x[0]), in.any(2, 3)).peer("torch.fft.irfftn(x0)"),
                Sample.composed(x -> Fft.irfft2(x[0]), in.any(2, 2, 3))
                    .peer("torch.fft.irfft2(x0)"),
                Sample.composed(x -> Fft.hfft(x[0]), in.any(2, 3)).peer("torch.fft.hfft(x0)"),
                Sample.composed(x -> Fft.rfftn(x[0].real()), in.any(2, 3))
                    .peer("torch.fft.rfftn(torch.real(x0))"),
                Sample.composed(x -> Fft.rfft2(x[0].real()), in.any(2, 2, 3))
                    .peer("torch.fft.rfft2(torch.real(x0))"),
                Sample.composed(x -> Fft.ihfft(x[0].real()), in.any(4))
                    .peer("torch.fft.ihfft(torch.real(x0))")));
  }

  private static OpInfo shifts() {
    return OpInfo.of(
        "fftshift",
        DTypes.andComplex(DTypes.ALL),
        in ->
            List.of(
                Sample.composed(x -> Fft.fftshift(x[0]), in.any(3, 4))
                    .peer("torch.fft.fftshift(x0)"),
                Sample.composed(x -> Fft.fftshift(x[0], Dim.of(1)), in.any(2, 5))
                    .peer("torch.fft.fftshift(x0, [1])"),
                Sample.composed(x -> Fft.ifftshift(x[0]), in.any(3, 4))
                    .peer("torch.fft.ifftshift(x0)"),
                Sample.composed(x -> Fft.ifftshift(x[0], Dim.of(0)), in.any(5, 2))
                    .peer("torch.fft.ifftshift(x0, [0])"),
                Sample.composed(x -> x[0].mul(Fft.fftfreq(5, 0.5).to(x[0].device())), in.any(5))
                    .peer("x0 * torch.fft.fftfreq(5, 0.5)"),
                Sample.composed(x -> x[0].mul(Fft.fftfreq(4).to(x[0].device())), in.any(4))
                    .peer("x0 * torch.fft.fftfreq(4)"),
                Sample.composed(x -> x[0].mul(Fft.rfftfreq(5, 2).to(x[0].device())), in.any(3))
                    .peer("x0 * torch.fft.rfftfreq(5, 2.)"),
                Sample.composed(x -> x[0].mul(Fft.rfftfreq(4).to(x[0].device())), in.any(3))
                    .peer("x0 * torch.fft.rfftfreq(4)")));
  }

  @FunctionalInterface
  private interface Window {
    Tensor of(long n, Windows.Form form, DType dtype, io.arclight.tensor.Device device);
  }

  private static OpInfo windows() {
    return new OpInfo(
        "windows",
        DTypes.PRECISE,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (long n : new long[] {1, 5, 8}) {
            for (Windows.Form form : Windows.Form.values()) {
              window(out, in, n, form, "hann", "", Windows::hannWindow);
              window(out, in, n, form, "blackman", "", Windows::blackmanWindow);
              window(out, in, n, form, "bartlett", "", Windows::bartlettWindow);
              window(
                  out,
                  in,
                  n,
                  form,
                  "hamming",
                  ", alpha=0.54, beta=0.46",
                  (m, f, t, d) -> Windows.hammingWindow(m, f, 0.54, 0.46, t, d));
              window(
                  out,
                  in,
                  n,
                  form,
                  "kaiser",
                  ", beta=8.5",
                  (m, f, t, d) -> Windows.kaiserWindow(m, f, 8.5, t, d));
            }
          }
          return out;
        },
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Windows.hannWindow(-1), ShapeException.class, "not be negative")));
  }

  private static void window(
      List<Sample> out,
      SampleInputs in,
      long n,
      Windows.Form form,
      String name,
      String options,
      Window window) {
    String periodic = form == Windows.Form.PERIODIC ? "True" : "False";
    out.add(
        Sample.composed(x -> x[0].mul(window.of(n, form, x[0].dtype(), x[0].device())), in.any(1))
            .peer(
                "x0 * torch.%s_window(%d, periodic=%s%s, dtype=x0.dtype)"
                    .formatted(name, n, periodic, options)));
  }

  private static OpInfo stft() {
    return new OpInfo(
        "stft",
        DTypes.LAPACK,
        in -> {
          return List.of(
              Sample.composed(
                      x -> x[0].stft(Stft.of(4).hop(2).window(x[1])), in.any(2, 9), in.positive(4))
                  .peer("torch.stft(x0, 4, 2, x1.size(0), x1, center=True, return_complex=True)"),
              Sample.composed(x -> x[0].stft(Stft.of(4).window(x[1])), in.any(7), in.positive(4))
                  .peer(
                      "torch.stft(x0, 4, None, x1.size(0), x1, center=True, return_complex=True)"),
              Sample.composed(
                      x ->
                          x[0].stft(
                              Stft.of(5)
                                  .hop(3)
                                  .window(x[1])
                                  .fromFirstSample()
                                  .normalized()
                                  .twoSided()),
                      in.any(11),
                      in.positive(3))
                  .peer(
                      "torch.stft(x0, 5, 3, x1.size(0), x1, center=False, normalized=True, onesided=False,"
                          + " return_complex=True)"),
              Sample.composed(
                      x -> x[0].stft(Stft.of(4).hop(1).window(x[1]).padding(Stft.Padding.ZEROS)),
                      in.any(2, 5),
                      in.positive(4))
                  .peer(
                      "torch.stft(x0, 4, 1, x1.size(0), x1, center=True, pad_mode='constant', return_complex=True)"),
              Sample.composed(
                      x ->
                          x[0].stft(Stft.of(4).hop(1).window(x[1]).padding(Stft.Padding.REPLICATE)),
                      in.any(2, 5),
                      in.positive(4))
                  .peer(
                      "torch.stft(x0, 4, 1, x1.size(0), x1, center=True, pad_mode='replicate', return_complex=True)"),
              Sample.composed(
                      x -> x[0].stft(Stft.of(4).hop(1).window(x[1]).padding(Stft.Padding.CIRCULAR)),
                      in.any(2, 5),
                      in.positive(4))
                  .peer(
                      "torch.stft(x0, 4, 1, x1.size(0), x1, center=True, pad_mode='circular', return_complex=True)"));
        },
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].stft(Stft.of(8)), ShapeException.class, "too short", in.any(3)),
                ErrorSample.composed(
                    x -> x[0].stft(Stft.of(8).fromFirstSample()),
                    ShapeException.class,
                    "shorter than a frame",
                    in.any(3)),
                ErrorSample.composed(
                    x -> x[0].stft(Stft.of(2).window(x[0])),
                    ShapeException.class,
                    "must be a vector of 1 to 2",
                    in.any(3)),
                ErrorSample.composed(
                    x -> x[0].stft(Stft.of(2)),
                    ShapeException.class,
                    "expects a signal",
                    in.any())));
  }

  private static OpInfo istft() {
    return new OpInfo(
        "istft",
        COMPLEX,
        in -> {
          Tensor window = in.positive(4).real().contiguous();
          String w =
              "torch.tensor("
                  + java.util.Arrays.toString(window.toDoubles())
                  + ", dtype=torch.real(x0).dtype)";
          Stft how = Stft.of(4).hop(2).window(window);
          return List.of(
              Sample.composed(x -> x[0].istft(how), in.any(2, 3, 4))
                  .peer("torch.istft(x0, 4, 2, 4, " + w + ")"),
              Sample.composed(x -> x[0].istft(how, 5), in.any(3, 4))
                  .peer("torch.istft(x0, 4, 2, 4, " + w + ", length=5)"),
              Sample.composed(x -> x[0].istft(how.fromFirstSample().normalized()), in.any(3, 3))
                  .peer("torch.istft(x0, 4, 2, 4, " + w + ", center=False, normalized=True)"),
              Sample.composed(x -> x[0].istft(how.complexSignal()), in.any(4, 3))
                  .peer("torch.istft(x0, 4, 2, 4, " + w + ", onesided=False, return_complex=True)"),
              Sample.composed(x -> x[0].istft(how.twoSided()), in.any(4, 3))
                  .peer("torch.istft(x0, 4, 2, 4, " + w + ", onesided=False)"));
        },
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].istft(Stft.of(4)),
                    ShapeException.class,
                    "with 3 frequencies",
                    in.any(2, 3)),
                ErrorSample.composed(
                    x ->
                        x[0].istft(
                            Stft.of(4).hop(4).window(Tensor.zeros(Shape.of(4)).to(x[0].device()))),
                    io.arclight.tensor.DataException.class,
                    "leave samples out",
                    in.any(3, 3))));
  }
}
