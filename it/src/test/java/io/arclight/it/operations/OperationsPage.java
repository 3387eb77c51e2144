package io.arclight.it.operations;

import io.arclight.tensor.DType;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Ops;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The page {@code docs/operations.md}: PyTorch's names, and what stands for them here. */
public final class OperationsPage {
  private static final String HEAD =
      """
      # Operations

      Written by `it/run OperationsDoc`; a test fails where it is stale.

      PyTorch's tensor functions, and what stands for them here. Names are PyTorch's in Java case; `x_`
      is `xInPlace`. All run on the devices `cpu` and `queue` (a test device, asynchronous and without
      memory that the host can read).

      - *dtypes*: those of the main input that the tests cover. `-`: not an operation of tensors.
      - *gradient*: how often it can be differentiated; both orders are checked numerically.
      - *vmap*: the batching rule is `fast` (one call for all), a `loop` over the batch, or follows
        from the `parts` that the function is composed of.
      - *parity*: samples compared with libtorch in value, dtype, shape and gradient, without those of
        random shapes and layouts. With `*`, see the exceptions at the end.

      Dtypes that PyTorch takes and these do not: `nextafter`, `matrixExp` and the matrix norms by
      singular values of halves, which have too few digits for them (convert with `to(FLOAT32)`);
      `viewAsComplex` of float16, as there are no complex halves; `square` and `addr` of bools, whose
      results are numbers or truths by function (convert first); `trilIndices` and `triuIndices` are int64.
      `softmax` and `logSoftmax` of integers, which PyTorch converts by an argument: `to(FLOAT32)`.

      """;

  private final JavaNames java = new JavaNames();
  private final Map<String, OpInfo> infos = new HashMap<>();
  private final Map<OpInfo, OpFacts> facts = new HashMap<>();
  private final StringBuilder page = new StringBuilder();

  private OperationsPage() {
    for (OpInfo info : Ops.all()) {
      infos.put(key(info.name()), info);
      facts.put(info, OpFacts.of(info));
    }
  }

  /** The whole page. */
  public static String render() {
    return new OperationsPage().page();
  }

  /** Names that neither exist nor say why, and lines of the list that are wrong. */
  static List<String> gaps() {
    JavaNames java = new JavaNames();
    return TorchName.all().stream()
        .filter(n -> java.of(n).isPresent() == (n.absence() != null))
        .map(n -> n.group() + ": " + n.name())
        .toList();
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[._]", "");
  }

  private String page() {
    Map<String, List<TorchName>> groups =
        TorchName.all().stream()
            .collect(
                Collectors.groupingBy(TorchName::group, LinkedHashMap::new, Collectors.toList()));
    page.append(HEAD);
    coverage(groups);
    groups.forEach(this::group);
    exceptions();
    return page.toString();
  }

  private void coverage(Map<String, List<TorchName>> groups) {
    page.append("| Group | names | here | |\n|---|---:|---:|---:|\n");
    int names = 0;
    int here = 0;
    for (Map.Entry<String, List<TorchName>> g : groups.entrySet()) {
      int found = (int) g.getValue().stream().filter(n -> java.of(n).isPresent()).count();
      row(g.getKey(), g.getValue().size(), found);
      names += g.getValue().size();
      here += found;
    }
    row("**all**", names, here);
  }

  private void row(String what, int names, int here) {
    page.append(
        String.format(
            Locale.ROOT, "| %s | %d | %d | %d %% |%n", what, names, here, 100 * here / names));
  }

  private void group(String title, List<TorchName> names) {
    page.append("\n## ").append(title).append("\n\n");
    page.append(
        "| PyTorch | Java | dtypes | gradient | vmap | parity |\n|---|---|---|---|---|---:|\n");
    for (TorchName n : names) {
      Optional<String> method = java.of(n);
      page.append("| ").append(n.name().replace("__", "\\_\\_")).append(" | ");
      if (method.isEmpty()) {
        page.append("*")
            .append(n.absence() == null ? "not there" : n.absence())
            .append("* |||||\n");
        continue;
      }
      page.append('`').append(method.get()).append("` | ");
      OpInfo info = info(n, method.get());
      if (info == null) {
        page.append("- ||||\n");
      } else {
        OpFacts f = facts.get(info);
        page.append(f.dtypes())
            .append(" | ")
            .append(f.gradient())
            .append(" | ")
            .append(f.batching())
            .append(" | ")
            .append(f.parity(n))
            .append(f.exceptions().isEmpty() ? "" : "\\*")
            .append(" |\n");
      }
    }
  }

  private OpInfo info(TorchName n, String method) {
    String plain = method.substring(method.indexOf('.') + 1).replaceAll("\\(.*|InPlace$", "");
    for (String name : List.of(n.space() + n.plain(), n.plain(), plain)) {
      OpInfo info = infos.get(key(name));
      if (info != null) {
        return info;
      }
    }
    // Else what its samples are compared with says whose operation it is.
    String function = n.space().isEmpty() ? n.name() : n.space() + "." + n.name();
    return facts.entrySet().stream()
        .filter(e -> e.getValue().compared().containsKey(function))
        .map(Map.Entry::getKey)
        .min(Comparator.comparing(OpInfo::name))
        .orElse(null);
  }

  private void exceptions() {
    page.append(
        "\n## Exceptions\n\nWhere results are meant to differ from PyTorch's, or it has none.\n\n");
    page.append("| operation | dtypes | why |\n|---|---|---|\n");
    Map<String, OpInfo> sorted = new TreeMap<>();
    infos.values().forEach(i -> sorted.put(i.name(), i));
    sorted.forEach(
        (name, info) ->
            facts
                .get(info)
                .exceptions()
                .forEach(
                    (why, dtypes) ->
                        page.append("| ")
                            .append(name)
                            .append(" | ")
                            .append(some(dtypes, info))
                            .append(" | ")
                            .append(why)
                            .append(" |\n")));
  }

  private static String some(Set<DType> dtypes, OpInfo info) {
    return dtypes.equals(EnumSet.copyOf(info.dtypes()))
        ? "all that it takes"
        : OpFacts.dtypes(dtypes);
  }
}
