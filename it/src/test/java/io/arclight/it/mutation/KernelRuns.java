package io.arclight.it.mutation;

import io.arclight.it.parity.ParityCheck;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.cpu.KernelChanges;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.KernelMutants;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.Mutant;
import io.arclight.tensor.op.Mutant.Notice;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Sample;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Changes of the kernels that operations run themselves, on the way forth and back. */
final class KernelRuns {
  private final Set<Kernel> others = ConcurrentHashMap.newKeySet();

  /** Operations that are under way, the innermost first. */
  private volatile List<Class<?>> under = List.of();

  KernelRuns() {
    // What comparisons run: not the operation's.
    try (Scope scope = Scope.open();
        Context.Restore r = KernelChanges.watch(others::add)) {
      for (DType t : List.of(DType.FLOAT64, DType.COMPLEX128)) {
        for (int rank = 0; rank < 5; rank++) {
          long[] dims = new long[rank];
          java.util.Arrays.fill(dims, 2);
          Tensor w = new Generator(5).uniform(Shape.of(dims), DType.FLOAT64, Device.CPU).to(t);
          w.add(0.5).to(t).mul(w).sum();
          w.add(w.zerosLike()).toDoubles();
        }
      }
    }
  }

  /**
   * Changes of the kernels that the samples' operations run: of each name one that is compared with
   * libtorch, of these the one with the most to change, and of several such the one that most
   * samples run.
   *
   * @param samples that agree with libtorch, or of which that is not known
   */
  List<Mutant> of(List<Sample> samples, DType dtype) {
    Map<String, Map<Kernel, Set<Sample>>> byName = new LinkedHashMap<>();
    Set<Class<?>> own =
        samples.stream()
            .map(Sample::op)
            .filter(Objects::nonNull)
            .map(Op::getClass)
            .collect(Collectors.toSet());
    for (Sample s : own.isEmpty() ? List.<Sample>of() : samples) {
      for (Kernel k : run(s, own, dtype)) {
        byName
            .computeIfAbsent(k.name(), n -> new LinkedHashMap<>())
            .computeIfAbsent(k, x -> Collections.newSetFromMap(new IdentityHashMap<>()))
            .add(s);
      }
    }
    List<Mutant> out = new ArrayList<>();
    byName.forEach(
        (name, kernels) -> {
          Map<Kernel, List<KernelMutants.Mutated>> changes = new LinkedHashMap<>();
          kernels.keySet().forEach(k -> changes.put(k, KernelMutants.of(k)));
          Kernel kernel =
              kernels.keySet().stream()
                  .max(
                      Comparator.<Kernel, Boolean>comparing(
                              k -> kernels.get(k).stream().anyMatch(s -> s.peer() != null))
                          .thenComparingInt(k -> changes.get(k).size())
                          .thenComparingInt(k -> kernels.get(k).size()))
                  .orElseThrow();
          Set<Sample> runs = kernels.get(kernel);
          for (KernelMutants.Mutated m : changes.get(kernel)) {
            out.add(
                new Mutant(
                    "kernel " + name + ", " + m.what(),
                    Notice.VALUE,
                    s -> runs.contains(s) ? Mutant.again(s) : null,
                    () -> KernelChanges.replace(kernel, m.kernel())));
          }
        });
    return out;
  }

  /**
   * @param own the operations whose kernels are meant; others may be parts of a composed function
   */
  private Set<Kernel> run(Sample s, Set<Class<?>> own, DType dtype) {
    Set<Kernel> seen = ConcurrentHashMap.newKeySet();
    try (Scope scope = Scope.open();
        Context.Restore inside =
            Context.current()
                .intercept(
                    (op, name, inputs, next) -> {
                      List<Class<?>> outer = under;
                      under = List.of(op.getClass());
                      try {
                        return next.get();
                      } finally {
                        under = outer;
                      }
                    });
        Context.Restore watch =
            KernelChanges.watch(
                k -> {
                  boolean mine = under.isEmpty() || own.contains(under.get(0));
                  if (mine && !others.contains(k)) {
                    seen.add(k);
                  }
                })) {
      if (s.peer() != null) {
        ParityCheck.agrees(s, s);
      } else {
        Check.GRADIENT.passes(s, s, dtype);
        s.run();
      }
    } catch (TensorException | IllegalArgumentException | IllegalStateException e) {
      return Set.of(); // no sample, or a peer that is no TorchScript
    }
    return seen;
  }
}
