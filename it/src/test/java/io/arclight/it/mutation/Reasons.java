package io.arclight.it.mutation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Why mutants may survive: lines {@code regular expression = reason}.
 *
 * @param used those that explained one
 */
record Reasons(Map<Pattern, String> byPattern, Set<Pattern> used) {
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
    return new Reasons(out, new HashSet<>());
  }

  /** The reason for a survivor, or null. */
  String of(String survivor) {
    for (Map.Entry<Pattern, String> e : byPattern.entrySet()) {
      if (e.getKey().matcher(survivor).matches()) {
        used.add(e.getKey());
        return e.getValue();
      }
    }
    return null;
  }

  /** Those that explained nothing. */
  List<Pattern> unused() {
    return byPattern.keySet().stream().filter(p -> !used.contains(p)).toList();
  }
}
