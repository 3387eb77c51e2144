package io.arclight.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Data sets beside the project, which not every machine has. */
public final class SharedData {
  private SharedData() {}

  /** The folder {@code shared/data/<name>} of this folder or of the nearest one above with it. */
  public static Optional<Path> folder(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/data").resolve(name);
      if (Files.isDirectory(folder)) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }
}
