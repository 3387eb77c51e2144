package io.arclight.it.mutation;

import io.arclight.tensor.TensorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The places of the operations' sources that refuse inputs: one that no error sample reaches is a
 * check that could be dropped unnoticed.
 */
final class ThrowSites {
  private static final String PACKAGE = "io.arclight.tensor.op.";
  private static final Pattern THROW =
      Pattern.compile("throw new (Shape|DType|Data|Device|LinAlg|Tensor)Exception\\(");

  private static final Pattern TEXT = Pattern.compile("\"([^\"]*)\"");

  private final Map<String, String> all = new TreeMap<>();
  private final Map<String, String> lineSites = new HashMap<>();
  private final Set<String> reached = new TreeSet<>();

  /** Reads the sources below {@code root}, the repository. */
  ThrowSites(Path root) throws IOException {
    Path sources = root.resolve("tensor-core/src/main/java/io/arclight/tensor/op");
    try (Stream<Path> files = Files.list(sources)) {
      for (Path file : files.sorted().toList()) {
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
          if (THROW.matcher(lines.get(i)).find()) {
            String site = file.getFileName() + ":" + (i + 1);
            // A frame's line is that of any part of the statement.
            int end = i;
            do {
              lineSites.put(file.getFileName() + ":" + (end + 1), site);
            } while (!lines.get(end++).endsWith(";"));
            all.put(site, text(String.join(" ", lines.subList(i, end))));
          }
        }
      }
    }
  }

  /** All literals of a statement, which name the check where its line number may change. */
  private static String text(String statement) {
    return TEXT.matcher(statement)
        .results()
        .map(m -> m.group(1))
        .collect(Collectors.joining(" "))
        .strip();
  }

  /** Counts where {@code e} was made. */
  void reached(TensorException e) {
    for (StackTraceElement frame : e.getStackTrace()) {
      if (frame.getClassName().startsWith(PACKAGE)) {
        String site = lineSites.get(frame.getFileName() + ":" + frame.getLineNumber());
        if (site != null) {
          reached.add(site);
        }
      }
    }
  }

  int count() {
    return all.size();
  }

  /** By file and line, what the checks that nothing reached say. */
  Map<String, String> unreached() {
    Map<String, String> out = new TreeMap<>(all);
    out.keySet().removeAll(reached);
    return out;
  }
}
