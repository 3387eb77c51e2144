package io.arclight.it.operations;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A name of PyTorch's tensor API.
 *
 * @param java {@code Class.method} where the name alone does not say it, or null
 * @param absence why there is nothing, or null
 */
record TorchName(String group, String name, String java, String absence) {

  /** The names of tensor functions. */
  static List<TorchName> all() {
    return all("/torch-names.txt");
  }

  /** A list of names: groups after {@code #}, then a name a line, with what it is or why not. */
  static List<TorchName> all(String list) {
    List<TorchName> out = new ArrayList<>();
    String group = null;
    for (String line : resource(list).split("\n")) {
      if (line.startsWith("# ")) {
        group = line.substring(2);
      } else if (!line.isBlank()) {
        String[] alias = line.split(" = ", 2);
        String[] absent = line.split(" ! ", 2);
        out.add(
            new TorchName(
                group,
                alias.length > 1 ? alias[0] : absent[0],
                alias.length > 1 ? alias[1] : null,
                absent.length > 1 ? absent[1] : null));
      }
    }
    return out;
  }

  private static String resource(String name) {
    try (InputStream in = TorchName.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The namespace below {@code torch}, such as {@code linalg}, or empty. */
  String space() {
    return group.startsWith("torch.") ? group.substring("torch.".length()) : "";
  }

  boolean inPlace() {
    return name.endsWith("_") && !name.startsWith("_");
  }

  /** The name without the underscore of an operation in place. */
  String plain() {
    return inPlace() ? name.substring(0, name.length() - 1) : name;
  }

  /** As Java writes it. */
  String camel() {
    StringBuilder s = new StringBuilder();
    for (String part : plain().split("_")) {
      if (!part.isEmpty()) {
        s.append(s.isEmpty() ? part.charAt(0) : Character.toUpperCase(part.charAt(0)));
        s.append(part.substring(1));
      }
    }
    return s + (inPlace() ? "InPlace" : "");
  }
}
