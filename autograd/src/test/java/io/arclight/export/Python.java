package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** Real PyTorch as the judge of our files, where {@code -Darclight.test.python=...} names one. */
final class Python {
  private Python() {}

  /** Runs a script on a file; it must end by printing {@code good}. */
  static void judges(String script, Path file) throws Exception {
    String python = System.getProperty("arclight.test.python");
    if (python == null) {
      LoggerFactory.getLogger(Python.class).info("skipped: set -Darclight.test.python");
      return;
    }
    Process process =
        new ProcessBuilder(python, "-c", script, file.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
    assertThat(output.strip()).endsWith("good");
  }
}
