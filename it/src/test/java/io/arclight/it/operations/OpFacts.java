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
import java.util.stream.Collectors;

/**
 * What the samples of an operation say about it.
 *
 * @param gradient empty, or how often it can be differentiated
 * @param batching the rule of vmap
 * @param parity how many samples are compared with libtorch
 * @param exceptions reasons with the dtypes that they hold for
 */
record OpFacts(
    String dtypes,
    String gradient,
    String batching,
    String parity,
    Map<String, Set<DType>> exceptions) {
  /** Up to this size gradients of gradients are checked numerically. */
  private static final long SECOND = 30;

  static OpFacts of(OpInfo info) {
    boolean first = false;
    boolean second = false;
    int compared = 0;
    Map<String, Set<DType>> exceptions = new TreeMap<>();
    Set<String> batching = new java.util.TreeSet<>();
    for (DType dtype : info.dtypes()) {
      try (Scope scope = Scope.open()) {
        for (Sample s : info.samples().apply(new SampleInputs(dtype, Device.CPU))) {
          compared += s.peer() == null ? 0 : 1;
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
        compared == 0 ? "" : Integer.toString(compared),
        exceptions);
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
