package io.arclight.it.showcase;

import io.arclight.models.AudioCnn;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Spoken digits by a convolutional network over their spectrograms. */
final class Speech {
  private static final int RATE = 8000;
  private static final int HEADER = 44;

  private Speech() {}

  /** The share of the takes 8 to 11, a third of all, whose digit is found. */
  static double run(Path folder, int epochs) throws IOException {
    AudioCnn model = Learning.seeded(1, () -> new AudioCnn(RATE, 10));
    Samples train = read(folder, take -> take < 8);
    Learning.train(model, train.dataset(), new Learning.Plan(epochs, 16, 1e-2, 1e-2, 0.1));
    Samples test = read(folder, take -> take >= 8);
    return Learning.accuracy(model, test.x(), test.y());
  }

  /** Sounds {@code digit_speaker_take.wav} of one second each, cut or with silence behind. */
  private static Samples read(Path folder, IntPredicate takes) throws IOException {
    List<float[]> sounds = new ArrayList<>();
    List<Long> digits = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "*.wav")) {
      all.forEach(files::add);
    }
    files.sort(null);
    for (Path file : files) {
      String[] name = file.getFileName().toString().split("[_.]");
      if (takes.test(Integer.parseInt(name[2]))) {
        sounds.add(samples(Files.readAllBytes(file)));
        digits.add(Long.parseLong(name[0]));
      }
    }
    float[] x = new float[sounds.size() * RATE];
    for (int i = 0; i < sounds.size(); i++) {
      float[] sound = sounds.get(i);
      System.arraycopy(sound, 0, x, i * RATE, Math.min(RATE, sound.length));
    }
    long[] y = digits.stream().mapToLong(v -> v).toArray();
    return new Samples(Tensor.of(x, Shape.of(y.length, RATE)), Tensor.of(y));
  }

  /** 16 bits a sample, one channel. */
  private static float[] samples(byte[] wav) {
    ByteBuffer data = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).position(HEADER);
    float[] out = new float[data.remaining() / 2];
    for (int i = 0; i < out.length; i++) {
      out[i] = data.getShort() / 32768f;
    }
    return out;
  }
}
