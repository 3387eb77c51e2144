package io.arclight.it.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NnPageTest {
  private static final Path PAGE = Path.of("..", "docs", "nn.md");

  @Test
  void pageIsFresh() throws IOException {
    assertThat(NnPage.render())
        .as("docs/nn.md is stale: run it/run NnDoc")
        .isEqualTo(Files.readString(PAGE));
  }

  @Test
  void whatIsMissingHasAReason() {
    assertThat(NnPage.unexplained())
        .as("names without a class or function: add it, or ` ! REASON` in torch-nn-names.txt")
        .isEmpty();
  }

  @Test
  void listOfNamesIsRight() {
    assertThat(NnPage.wrong())
        .as("names that exist in spite of a reason, or not as the list says")
        .isEmpty();
  }
}
