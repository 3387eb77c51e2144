package io.arclight.tensor;

import java.util.Arrays;

/**
 * How a signal is cut into frames for {@link SpectralMethods#stft}: frames of {@code size} samples,
 * {@code hop} apart, each times a window.
 *
 * <pre>{@code
 * Stft how = Stft.of(400).hop(160).window(Windows.hannWindow(400));
 * Tensor spectrum = signal.stft(how); // [batch, 201, frames]
 * }</pre>
 */
public final class Stft {

  /** Where frames begin. */
  enum Start {
    /** Frame t is centred at sample {@code t hop}; the signal is padded. */
    CENTERED,
    FIRST_SAMPLE
  }

  /** What stands before and behind a centred signal. */
  public enum Padding {
    REFLECT,
    ZEROS,
    REPLICATE,
    CIRCULAR
  }

  private final long size;
  private long hop;
  private long windowSize;
  private Tensor window;
  private Start start = Start.CENTERED;
  private Padding padding = Padding.REFLECT;
  private Fft.Norm norm = Fft.Norm.BACKWARD;
  private boolean whole;
  private boolean complex;

  private Stft(long size) {
    this.size = size;
    this.hop = size / 4;
    this.windowSize = size;
  }

  /** Frames of {@code size} samples, a fourth of that apart, centred, without a window. */
  public static Stft of(long size) {
    if (size <= 0) {
      throw new ShapeException("stft: the frame size must be positive, got " + size);
    }
    return new Stft(size);
  }

  private Stft copy() {
    Stft out = new Stft(size);
    out.hop = hop;
    out.windowSize = windowSize;
    out.window = window;
    out.start = start;
    out.padding = padding;
    out.norm = norm;
    out.whole = whole;
    out.complex = complex;
    return out;
  }

  /** From one frame's beginning to the next, in samples; a quarter of a frame unless set. */
  public Stft hop(long samples) {
    if (samples <= 0) {
      throw new ShapeException("stft: the hop must be positive, got " + samples);
    }
    Stft out = copy();
    out.hop = samples;
    return out;
  }

  /** The weights of a frame, at most as many as its samples, in whose middle they stand. */
  public Stft window(Tensor weights) {
    if (weights.rank() != 1 || weights.dim(0) > size || weights.dim(0) == 0) {
      throw new ShapeException(
          "stft: the window must be a vector of 1 to " + size + " values, got " + weights.shape());
    }
    Stft out = copy();
    out.window = weights;
    out.windowSize = weights.dim(0);
    return out;
  }

  /** Frames of which the middle {@code samples} count alike and the others not. */
  public Stft windowSize(long samples) {
    if (samples <= 0 || samples > size) {
      throw new ShapeException(
          "stft: the window's size must be from 1 to " + size + ", got " + samples);
    }
    Stft out = copy();
    out.window = null;
    out.windowSize = samples;
    return out;
  }

  /** Frame t begins at sample {@code t hop}, without padding. */
  public Stft fromFirstSample() {
    Stft out = copy();
    out.start = Start.FIRST_SAMPLE;
    return out;
  }

  /** What stands before the first sample and behind the last. */
  public Stft padding(Padding mode) {
    Stft out = copy();
    out.padding = mode;
    return out;
  }

  /** Divides by the root of the frame size. */
  public Stft normalized() {
    Stft out = copy();
    out.norm = Fft.Norm.ORTHO;
    return out;
  }

  /** All frequencies, also where the signal is real. */
  public Stft twoSided() {
    Stft out = copy();
    out.whole = true;
    return out;
  }

  /** {@link #twoSided()}, for signals that are complex themselves. */
  public Stft complexSignal() {
    Stft out = twoSided();
    out.complex = true;
    return out;
  }

  /** The window with zeros around it, [size], or null where it is ones. */
  private Tensor weights(DType dtype, Device device) {
    if (window == null && windowSize == size) {
      return null;
    }
    Tensor own = window == null ? Tensor.ones(Shape.of(windowSize), dtype, device) : window;
    long before = (size - windowSize) / 2;
    return windowSize == size ? own : own.pad(0, before, size - windowSize - before, 0);
  }

  Tensor forward(Tensor signal) {
    if (signal.rank() != 1 && signal.rank() != 2) {
      throw new ShapeException(
          "stft: expects a signal [samples] or [batch, samples], got shape " + signal.shape());
    }
    Tensor x = start == Start.CENTERED ? padded(signal) : signal;
    if (x.dim(-1) < size) {
      throw new ShapeException(
          "stft: a signal of shape " + signal.shape() + " is shorter than a frame of " + size);
    }
    Tensor frames = x.unfold(-1, size, hop);
    Tensor weights = weights(signal.dtype().toReal(), signal.device());
    Tensor weighted = weights == null ? frames : frames.mul(weights);
    boolean half = !whole && !weighted.dtype().isComplex();
    Tensor spectrum = half ? Fft.rfft(weighted, -1, -1, norm) : Fft.fft(weighted, -1, -1, norm);
    return spectrum.transpose(-2, -1);
  }

  private Tensor padded(Tensor x) {
    long p = size / 2;
    long n = x.dim(-1);
    if (padding == Padding.ZEROS) {
      return x.pad(-1, p, p, 0);
    }
    boolean fits =
        padding == Padding.REFLECT ? n > p : padding == Padding.CIRCULAR ? n >= p : n > 0;
    if (!fits) {
      throw new ShapeException(
          "stft: a signal of shape "
              + x.shape()
              + " is too short to be padded by "
              + p
              + " on either side ("
              + padding
              + "): use padding ZEROS or fromFirstSample()");
    }
    long[] places = new long[Math.toIntExact(n + 2 * p)];
    for (int i = 0; i < places.length; i++) {
      long at = i - p;
      places[i] =
          switch (padding) {
            case REFLECT -> at < 0 ? -at : at < n ? at : 2 * (n - 1) - at;
            case REPLICATE -> Math.max(0, Math.min(n - 1, at));
            default -> Math.floorMod(at, n);
          };
    }
    return x.indexSelect(x.rank() - 1, Tensor.of(places).to(x.device()));
  }

  /** The signal whose frames these spectra are, by overlapping and adding. */
  Tensor inverse(Tensor spectrum, long length) {
    long rows = whole ? size : size / 2 + 1;
    boolean fits =
        (spectrum.rank() == 2 || spectrum.rank() == 3)
            && spectrum.dim(-2) == rows
            && spectrum.dim(-1) > 0
            && spectrum.dtype().isComplex();
    if (!fits) {
      throw new ShapeException(
          "istft: expects complex spectra [frequencies, frames] or [batch, frequencies, frames]"
              + " with "
              + rows
              + " frequencies, got "
              + spectrum.dtype()
              + " "
              + spectrum.shape());
    }
    Tensor turned = spectrum.transpose(-2, -1);
    Tensor frames =
        complex
            ? Fft.ifft(turned, -1, -1, norm)
            : Fft.irfft(turned.narrow(-1, 0, size / 2 + 1), size, -1, norm);
    Tensor weights = weights(frames.dtype().toReal(), frames.device());
    Tensor weighted = weights == null ? frames : frames.mul(weights);
    long count = spectrum.dim(-1);
    Tensor squares =
        weights == null
            ? Tensor.ones(Shape.of(1, size), frames.dtype().toReal(), frames.device())
            : weights.mul(weights).unsqueeze(0);
    Tensor sum = added(weighted, count);
    Tensor envelope = added(squares.expand(count, size), count);
    long total = size + hop * (count - 1);
    long from = start == Start.CENTERED ? size / 2 : 0;
    long natural = start == Start.CENTERED ? total - size / 2 : total;
    long to = length < 0 ? natural : Math.min(total, from + length);
    Tensor cut = envelope.slice(0, from, to);
    if (cut.elements() > 0 && cut.abs().min().item() < 1e-11) {
      throw new DataException(
          "istft: the windows leave samples out: their squares add up to nearly zero there; use a"
              + " smaller hop or another window");
    }
    Tensor out = sum.slice(-1, from, to).div(cut);
    long missing = length < 0 ? 0 : length - out.dim(-1);
    return missing > 0 ? out.pad(-1, 0, missing, 0) : out;
  }

  /** [..., frames, size] to [..., samples]. */
  private Tensor added(Tensor frames, long count) {
    long[] places = new long[Math.toIntExact(count * size)];
    for (int i = 0; i < places.length; i++) {
      places[i] = i / size * hop + i % size;
    }
    long[] dims = Arrays.copyOf(frames.shape().toArray(), frames.rank() - 1);
    dims[dims.length - 1] = count * size;
    Tensor flat = frames.reshape(Shape.of(dims));
    dims[dims.length - 1] = size + hop * (count - 1);
    Tensor zeros = Tensor.zeros(Shape.of(dims), frames.dtype(), frames.device());
    Tensor index = Tensor.of(places).to(frames.device());
    return zeros.indexAdd(dims.length - 1, index, flat);
  }
}
