package io.arclight.it.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class OperationsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "operations.md");

  @Test
  void pageIsFresh() throws IOException {
    assertThat(OperationsPage.render())
        .as("docs/operations.md is stale: run it/run OperationsDoc")
        .isEqualTo(Files.readString(PAGE));
  }

  @Test
  void listOfNamesIsRight() {
    List<TorchName> names = TorchName.all();
    assertThat(names).as("names of PyTorch's tensor API").hasSize(519);
    assertThat(OperationsPage.gaps())
        .as("names that are absent without a reason, or exist in spite of one")
        .isEmpty();
  }
}
