package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The examples of a page of documentation, which must stand in the tests that run them. */
public final class PageExamples {
  private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private PageExamples() {}

  /**
   * Fails if an example of {@code page} is not in {@code sources}, but for comments and spaces.
   *
   * @return how many examples the page has
   */
  public static int requireIn(Path page, Path... sources) throws IOException {
    StringBuilder here = new StringBuilder();
    for (Path source : sources) {
      here.append(dense(Files.readString(source)));
    }
    List<String> missing = new ArrayList<>();
    Matcher example = EXAMPLE.matcher(Files.readString(page));
    int count = 0;
    for (; example.find(); count++) {
      if (here.indexOf(dense(example.group(1))) < 0) {
        missing.add(example.group(1));
      }
    }
    assertThat(missing).as("examples of " + page + " that no test runs").isEmpty();
    return count;
  }

  private static String dense(String code) {
    return code.replaceAll("//[^\n]*", "").replaceAll("\\s+", "");
  }
}
