package io.arclight.it;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** Trains a small GPT on the characters of Shakespeare's plays and prints a sample of its own. */
public final class ShakespeareGpt {
  private static final int EVERY = 100;

  private ShakespeareGpt() {}

  /** Arguments: steps (default 1500). */
  public static void main(String[] args) throws IOException {
    int steps = args.length > 0 ? Integer.parseInt(args[0]) : 1500;
    Path file = SharedData.folder("text").orElseThrow().resolve("tinyshakespeare.txt");
    CharacterGpt gpt = new CharacterGpt(CharacterText.read(file), 16, 128, 128, 4, steps);
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
  }
}
