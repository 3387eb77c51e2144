package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Prints modules as PyTorch does. */
final class Describe {
  private Describe() {}

  static String module(Module module) {
    if (module instanceof LazyLayer<?> lazy && lazy.layer() != null) {
      return module(lazy.layer());
    }
    List<String> lines = lines(module);
    String text = module.getClass().getSimpleName() + "(" + module.extra();
    if (lines.isEmpty()) {
      return text + ")";
    }
    StringBuilder out = new StringBuilder(text);
    lines.forEach(line -> out.append("\n  ").append(line.replace("\n", "\n  ")));
    return out.append("\n)").toString();
  }

  private static List<String> lines(Module module) {
    if (module instanceof ModuleList<?> list) {
      return runs(list.list());
    }
    List<String> out = new ArrayList<>();
    if (module instanceof ParameterList || module instanceof ParameterDict) {
      module.ownParameters().forEach((name, t) -> out.add("(" + name + "): " + parameter(t)));
    }
    for (Map.Entry<String, Module> child : module.namedChildren().entrySet()) {
      out.add("(" + child.getKey() + "): " + module(child.getValue()));
    }
    return out;
  }

  /** Neighbours that print the same, as one line. */
  private static List<String> runs(List<? extends Module> modules) {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < modules.size(); ) {
      String text = modules.get(i).toString();
      int end = i + 1;
      while (end < modules.size() && modules.get(end).toString().equals(text)) {
        end++;
      }
      out.add(
          end == i + 1
              ? "(" + i + "): " + text
              : "(" + i + "-" + (end - 1) + "): " + (end - i) + " x " + text);
      i = end;
    }
    return out;
  }

  private static String parameter(Tensor t) {
    String sizes =
        String.join("x", LongStream.of(t.shape().toArray()).mapToObj(Long::toString).toList());
    return "Parameter containing: [" + t.dtype() + " of size " + sizes + "]";
  }
}
