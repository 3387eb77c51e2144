package io.arclight.it;

import io.arclight.it.operations.NnPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/nn.md}. */
public final class NnDoc {
  private NnDoc() {}

  /** Takes no arguments; runs in the folder {@code it}. */
  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of("..", "docs", "nn.md"), NnPage.render());
  }
}
