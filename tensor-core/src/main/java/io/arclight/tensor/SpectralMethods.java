package io.arclight.tensor;

/** Spectra over time. */
interface SpectralMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** Spectra of a signal's frames: [samples] or [batch, samples] to [..., frequencies, frames]. */
  default Tensor stft(Stft how) {
    return how.forward(Context.wide(self()));
  }

  /** The signal of these spectra, as long as they tell. */
  default Tensor istft(Stft how) {
    return how.inverse(self(), -1);
  }

  /** The signal of these spectra, cut or filled up to {@code length} samples. */
  default Tensor istft(Stft how, long length) {
    if (length < 0) {
      throw new ShapeException("istft: the length must not be negative, got " + length);
    }
    return how.inverse(self(), length);
  }
}
