package io.arclight.it.mutation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Why mutants may survive: lines {@code regular expression = reason}. */
record Reasons(Map<Pattern, String> byPattern) {
  static Reasons read() throws IOException {
    Map<Pattern, String> out = new LinkedHashMap<>();
    try (InputStream in = Reasons.class.getResourceAsStream("/mutation-survivors.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        int equals = line.indexOf(" = ");
        if (!line.startsWith("#") && equals > 0) {
          out.put(Pattern.compile(line.substring(0, equals)), line.substring(equals + 3));
        }
      }
    }
    return new Reasons(out);
  }

  /** The reason for a survivor, or null. */
  String of(String survivor) {
    return byPattern.entrySet().stream()
        .filter(e -> e.getKey().matcher(survivor).matches())
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }
}
