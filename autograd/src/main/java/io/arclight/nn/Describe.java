package io.arclight.nn;

import java.util.Map;

/** Prints modules as PyTorch does. */
final class Describe {
  private Describe() {}

  static String module(Module module) {
    StringBuilder out = new StringBuilder();
    append(out, module, "");
    return out.toString();
  }

  private static void append(StringBuilder out, Module module, String indent) {
    out.append(module.getClass().getSimpleName()).append('(').append(module.extra());
    if (!module.children().isEmpty()) {
      for (Map.Entry<String, Module> child : module.children().entrySet()) {
        out.append('\n').append(indent).append("  (").append(child.getKey()).append("): ");
        append(out, child.getValue(), indent + "  ");
      }
      out.append('\n').append(indent);
    }
    out.append(')');
  }
}
