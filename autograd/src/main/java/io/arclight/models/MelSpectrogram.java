package io.arclight.models;

import io.arclight.nn.Layer;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Stft;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Windows;

/**
 * Power in mel bands over time: waveforms [n, samples] to [n, bands, frames], as torchaudio's
 * {@code MelSpectrogram} with its defaults (HTK mel scale, triangles of height 1, Hann window).
 */
public final class MelSpectrogram extends Layer {
  private final long sampleRate;
  private final long size;
  private final long hop;
  private final long bands;
  private final Tensor window;
  private final Tensor filters;

  /** Frames of {@code size} samples, {@code hop} apart, in {@code bands} up to half the rate. */
  public MelSpectrogram(long sampleRate, long size, long hop, long bands) {
    if (sampleRate < 2 || size < 2 || hop < 1 || bands < 1) {
      throw new IllegalArgumentException(
          "MelSpectrogram: rate, size, hop and bands must be positive, got "
              + sampleRate
              + ", "
              + size
              + ", "
              + hop
              + ", "
              + bands);
    }
    this.sampleRate = sampleRate;
    this.size = size;
    this.hop = hop;
    this.bands = bands;
    window = registerBuffer("window", Windows.hannWindow(size));
    filters = registerBuffer("filters", triangles(sampleRate, size, bands));
  }

  /**
   * [bands, size / 2 + 1]: each band rises from the last one's peak and falls to the next one's.
   */
  private static Tensor triangles(long sampleRate, long size, long bands) {
    int bins = (int) (size / 2 + 1);
    long highest = sampleRate / 2;
    double top = mel(highest);
    float[] out = new float[(int) bands * bins];
    for (int band = 0; band < bands; band++) {
      double low = hertz(top * band / (bands + 1));
      double peak = hertz(top * (band + 1) / (bands + 1));
      double high = hertz(top * (band + 2) / (bands + 1));
      for (int bin = 0; bin < bins; bin++) {
        double f = (double) highest * bin / (bins - 1);
        double value = Math.min((f - low) / (peak - low), (high - f) / (high - peak));
        out[band * bins + bin] = (float) Math.max(0, value);
      }
    }
    return Tensor.of(out, Shape.of(bands, bins));
  }

  private static double mel(double hertz) {
    return 2595 * Math.log10(1 + hertz / 700);
  }

  private static double hertz(double mel) {
    return 700 * (Math.pow(10, mel / 2595) - 1);
  }

  @Override
  public Tensor forward(Tensor waves) {
    if (waves.rank() != 2 || waves.dim(1) <= size / 2) {
      throw new ShapeException(
          "MelSpectrogram: expects waveforms [n, samples] of more than "
              + size / 2
              + " samples, got "
              + waves.shape()
              + ": pad them");
    }
    Tensor spectrum = waves.stft(Stft.of(size).hop(hop).window(window));
    Tensor power = spectrum.real().square().add(spectrum.imag().square());
    return filters.matmul(power);
  }

  @Override
  protected String extra() {
    return "sample_rate="
        + sampleRate
        + ", n_fft="
        + size
        + ", hop_length="
        + hop
        + ", n_mels="
        + bands;
  }
}
