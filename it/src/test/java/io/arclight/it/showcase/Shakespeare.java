package io.arclight.it.showcase;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** A small GPT on the characters of Shakespeare's plays, which prints a sample of its own. */
final class Shakespeare {
  private static final int EVERY = 100;

  private Shakespeare() {}

  /** By how much its loss of a character of the last tenth is below that of {@link Bigrams}. */
  static double run(Path file, int steps) throws IOException {
    CharacterText text = CharacterText.read(file);
    CharacterGpt gpt = new CharacterGpt(text, 16, 128, 128, 4, steps);
    double pairs = text.bigrams();
    System.out.printf(Locale.ROOT, "pairs of characters: validation %.3f%n", pairs);
    long begin = System.nanoTime();
    for (int i = 1; i <= steps; i++) {
      double loss = gpt.step();
      if (i % EVERY == 0 || i == steps) {
        long seconds = Duration.ofNanos(System.nanoTime() - begin).toSeconds();
        System.out.printf(
            Locale.ROOT,
            "step %d, %d s: training %.3f, validation %.3f%n",
            i,
            seconds,
            loss,
            gpt.validation());
      }
    }
    System.out.println(gpt.sample(500));
    return pairs - gpt.validation();
  }
}
