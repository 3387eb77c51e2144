package io.arclight.it.operations;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.Sample.Difference;
import io.arclight.tensor.op.SampleInputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the samples of an operation say about it.
 *
 * @param gradient empty, or how often it can be differentiated
 * @param batching the rule of vmap
 * @param samples how many are compared with libtorch
 * @param compared the same by the functions of PyTorch that they are compared with
 * @param exceptions reasons with the dtypes that they hold for
 */
record OpFacts(
    String dtypes,
    String gradient,
    String batching,
    int samples,
    Map<String, Integer> compared,
    Map<String, Set<DType>> exceptions) {
  private static final Pattern FUNCTION = Pattern.compile("^(?:torch|x0)\\.([a-z][a-z0-9_.]*)\\(");

  /** Up to this size gradients of gradients are checked numerically. */
  private static final long SECOND = 30;

  static OpFacts of(OpInfo info) {
    boolean first = false;
    boolean second = false;
    int samples = 0;
    Map<String, Integer> compared = new TreeMap<>();
    Map<String, Set<DType>> exceptions = new TreeMap<>();
    Set<String> batching = new java.util.TreeSet<>();
    for (DType dtype : info.dtypes()) {
      try (Scope scope = Scope.open()) {
        for (Sample s : info.samples().apply(new SampleInputs(dtype, Device.CPU))) {
          if (s.peer() != null) {
            samples++;
            FUNCTION
                .matcher(s.peer())
                .results()
                .map(m -> m.group(1))
                .distinct()
                .forEach(f -> compared.merge(f, 1, Integer::sum));
          }
          batching.add(batching(s.op()));
          Difference d = s.difference();
          if (d != null) {
            String what = d.aspect() == Difference.Aspect.GRADIENT ? "gradient: " : "";
            exceptions
                .computeIfAbsent(what + d.reason(), r -> EnumSet.noneOf(DType.class))
                .add(dtype);
          }
          if (dtype == DType.FLOAT64 && s.differentiable()) {
            long elements =
                s.inputs().stream()
                    .filter(t -> t.dtype() == dtype)
                    .mapToLong(Tensor::elements)
                    .sum();
            first |= elements > 0;
            second |= elements > 0 && elements <= SECOND;
          }
        }
      }
    }
    return new OpFacts(
        dtypes(info.dtypes()),
        second ? "2nd" : first ? "1st" : "",
        String.join(", ", batching),
        samples,
        compared,
        exceptions);
  }

  /** The samples that stand for {@code name}: those that name it, else all. */
  String parity(TorchName name) {
    String function = name.space().isEmpty() ? name.name() : name.space() + "." + name.name();
    int n = compared.getOrDefault(function, samples);
    return n == 0 ? "" : Integer.toString(n);
  }

  private static String batching(Op op) {
    if (op == null) {
      return "parts";
    }
    try {
      Class<?> owner =
          op.getClass()
              .getMethod("batch", long.class, boolean[].class, Tensor[].class)
              .getDeclaringClass();
      return owner == Op.class ? "loop" : "fast";
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  /** By category, as few words as possible. */
  static String dtypes(Set<DType> dtypes) {
    if (dtypes.equals(EnumSet.allOf(DType.class))) {
      return "all";
    }
    Map<DType.Category, List<DType>> all =
        Arrays.stream(DType.values())
            .collect(
                Collectors.groupingBy(DType::category, LinkedHashMap::new, Collectors.toList()));
    List<String> out = new ArrayList<>();
    all.forEach(
        (category, members) -> {
          List<DType> there = members.stream().filter(dtypes::contains).toList();
          if (there.size() == members.size()) {
            out.add(category.toString().toLowerCase(Locale.ROOT));
          } else {
            there.forEach(t -> out.add(t.toString()));
          }
        });
    return String.join(", ", out);
  }
}
