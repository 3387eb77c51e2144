package io.arclight.it;

import io.arclight.it.operations.OperationsPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/operations.md}. */
public final class OperationsDoc {
  private OperationsDoc() {}

  /** Takes no arguments; runs in the folder {@code it}. */
  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of("..", "docs", "operations.md"), OperationsPage.render());
  }
}
