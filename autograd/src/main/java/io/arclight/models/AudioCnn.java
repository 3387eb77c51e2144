package io.arclight.models;

import io.arclight.nn.AdaptiveAvgPool2d;
import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.Dropout;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.MaxPool2d;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Tensor;

/**
 * Classifies sounds: waveforms [n, samples] on [-1, 1] to logits [n, classes]. A log-mel
 * spectrogram, normed for each sound, goes through convolutions as an image does.
 */
public final class AudioCnn extends Layer {
  private static final double FLOOR = 1e-6;

  private final MelSpectrogram mel;
  private final Sequential features;
  private final Sequential classifier;

  /** For sounds of {@code sampleRate} samples a second: frames of 32 ms, 16 ms apart, 40 bands. */
  public AudioCnn(long sampleRate, long classes) {
    this(
        new MelSpectrogram(sampleRate, sampleRate * 32 / 1000, sampleRate * 16 / 1000, 40),
        classes);
  }

  /** With another spectrogram. */
  public AudioCnn(MelSpectrogram spectrogram, long classes) {
    mel = register("mel", spectrogram);
    features = register("features", new Sequential(block(1, 16), block(16, 32), block(32, 64)));
    classifier =
        register(
            "classifier",
            new Sequential(
                new AdaptiveAvgPool2d(2),
                new io.arclight.nn.Flatten(),
                new Dropout(0.3),
                new Linear(64 * 4, classes)));
  }

  private static Sequential block(long in, long out) {
    return new Sequential(
        new Conv2d(in, out, 3).padding(1).noBias(),
        new BatchNorm2d(out),
        new ReLU(),
        new MaxPool2d(2));
  }

  @Override
  public Tensor forward(Tensor waves) {
    Tensor x = mel.call(waves).add(FLOOR).log();
    Tensor mean = x.flatten(1).mean(1).reshape(-1, 1, 1);
    Tensor deviation = x.flatten(1).std(1).reshape(-1, 1, 1);
    x = x.sub(mean).div(deviation.add(1e-5));
    return classifier.call(features.call(x.unsqueeze(1)));
  }
}
