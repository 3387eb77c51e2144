package io.arclight.it.showcase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.arclight.it.SharedData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A GPT learns real text in seconds, as far as seconds go. */
@Timeout(120)
class CharacterGptTest {
  private static final int STEPS = 60;

  @Test
  void learnsCharactersOfPlays() throws IOException {
    Optional<Path> data = SharedData.folder("text");
    if (data.isEmpty()) {
      System.out.println("CharacterGptTest skips: there is no shared/data/text");
    }
    assumeTrue(data.isPresent());
    CharacterText text = CharacterText.read(data.get().resolve("tinyshakespeare.txt"));
    CharacterGpt gpt = new CharacterGpt(text, 16, 32, 64, 2, STEPS);
    double before = gpt.validation();
    for (int i = 0; i < STEPS; i++) {
      gpt.step();
    }
    // Without order, by the frequency of characters alone, it would be 3.3.
    assertThat(before).isGreaterThan(4);
    assertThat(gpt.validation()).isLessThan(3.0);
    assertThat(gpt.sample(40)).hasSize(41);
  }
}
