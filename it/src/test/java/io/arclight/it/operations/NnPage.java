package io.arclight.it.operations;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The page {@code docs/nn.md}: PyTorch's layers, losses and functions, and what is here. */
public final class NnPage {
  private static final String HEAD =
      """
      # Layers and losses

      Written by `it/run NnDoc`; a test fails where it is stale.

      The names of `torch.nn`, `torch.nn.init` and `torch.nn.functional`, and what stands for them here.
      Classes of layers and losses have PyTorch's names; required arguments stand in the constructor, the
      others are set by methods of their names. Functions are methods of `Functional` in Java case; `x_` is
      `xInPlace`. Values and gradients are compared with PyTorch's own (`it/oracle`).

      """;

  private static final List<String> PACKAGES =
      List.of("io.arclight.nn.", "io.arclight.distributed.nn.", "io.arclight.distributed.");

  private NnPage() {}

  /** The whole page. */
  public static String render() {
    Map<String, List<TorchName>> groups = groups();
    StringBuilder page = new StringBuilder(HEAD);
    page.append("| Group | names | here | |\n|---|---:|---:|---:|\n");
    int names = 0;
    int here = 0;
    for (Map.Entry<String, List<TorchName>> g : groups.entrySet()) {
      int found = (int) g.getValue().stream().filter(n -> java(n).isPresent()).count();
      page.append(row(g.getKey(), g.getValue().size(), found));
      names += g.getValue().size();
      here += found;
    }
    page.append(row("**all**", names, here));
    groups.forEach((title, all) -> group(page, title, all));
    return page.toString();
  }

  private static Map<String, List<TorchName>> groups() {
    return TorchName.all("/torch-nn-names.txt").stream()
        .collect(
            Collectors.groupingBy(TorchName::group, LinkedHashMap::new, Collectors.toList()));
  }

  private static String row(String what, int names, int here) {
    return String.format(
        Locale.ROOT, "| %s | %d | %d | %d %% |%n", what, names, here, 100 * here / names);
  }

  private static void group(StringBuilder page, String title, List<TorchName> names) {
    page.append("\n## ").append(title).append("\n\n| PyTorch | Java |\n|---|---|\n");
    for (TorchName n : names) {
      String what =
          java(n)
              .map(j -> "`" + j + "`")
              .orElse("*" + n.absence() + "*");
      page.append("| ").append(n.name()).append(" | ").append(what).append(" |\n");
    }
  }

  /** Names that exist in spite of a reason why not, or by another name than is said. */
  static List<String> wrong() {
    return TorchName.all("/torch-nn-names.txt").stream()
        .filter(n -> n.absence() != null && java(n).isPresent() || n.java() != null && java(n).isEmpty())
        .map(n -> n.group() + ": " + n.name())
        .toList();
  }

  /** Names for which there is neither anything nor a reason. */
  static List<String> unexplained() {
    return TorchName.all("/torch-nn-names.txt").stream()
        .filter(n -> n.absence() == null && java(n).isEmpty())
        .map(n -> n.group() + ": " + n.name())
        .toList();
  }

  /** What stands for a name: a class, or a method as {@code Class.method}. */
  private static Optional<String> java(TorchName n) {
    if (n.java() != null) {
      int dot = n.java().indexOf('.');
      return dot < 0
          ? type(n.java()).map(c -> n.java())
          : type(n.java().substring(0, dot))
              .filter(c -> has(c, n.java().substring(dot + 1)))
              .map(c -> n.java());
    }
    if (n.group().equals("nn.functional")) {
      return type("Functional").filter(c -> has(c, n.camel())).map(c -> "Functional." + n.camel());
    }
    return type(n.name()).map(Class::getSimpleName);
  }

  private static Optional<Class<?>> type(String name) {
    for (String prefix : PACKAGES) {
      try {
        Class<?> c = Class.forName(prefix + name, false, NnPage.class.getClassLoader());
        if (Modifier.isPublic(c.getModifiers())) {
          return Optional.of(c);
        }
      } catch (ClassNotFoundException e) {
        continue; // perhaps in the next package
      }
    }
    return Optional.empty();
  }

  private static boolean has(Class<?> c, String method) {
    return Arrays.stream(c.getMethods())
        .filter(m -> Modifier.isPublic(m.getModifiers()))
        .map(Method::getName)
        .anyMatch(method::equals);
  }
}
