package io.arclight.it.mutation;

import io.arclight.tensor.Backend;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.cpu.KernelChanges;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.ErrorSample;
import io.arclight.tensor.op.Mutant;
import io.arclight.tensor.op.Mutant.Notice;
import io.arclight.tensor.op.Mutants;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Ops;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.SampleInputs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Changes every operation in one place at a time, and sees whether its tests notice. */
public final class MutationRun {

  /** What is changed. */
  public enum Depth {
    /** Expressions, rules, options, and what functions are composed of. */
    RULES,
    /** Expressions inside the kernels of other operations as well. */
    KERNELS
  }

  /** How many changes ended how. */
  private static final class Counts {
    private int mutants;
    private int noticed;
    private int equal;
    private int unread;
    private int explained;

    void add(Counts other) {
      mutants += other.mutants;
      noticed += other.noticed;
      equal += other.equal;
      unread += other.unread;
      explained += other.explained;
    }

    int surviving() {
      return mutants - noticed - equal - unread - explained;
    }

    @Override
    public String toString() {
      return ("%d mutants: %d noticed, %d equal to the original, %d of options that the gradient does"
              + " not read, %d explained, %d survive")
          .formatted(mutants, noticed, equal, unread, explained, surviving());
    }
  }

  /** The expression of all operations. */
  public static final String ALL = ".*";

  private final Reasons reasons;

  /** Null where kernels are not changed. */
  private final KernelRuns kernels;

  private final Counts total = new Counts();

  /** Which checks the unchanged samples pass. */
  private IdentityHashMap<Sample, Map<Check, Boolean>> passing = new IdentityHashMap<>();

  private MutationRun(Reasons reasons, KernelRuns kernels) {
    this.reasons = reasons;
    this.kernels = kernels;
  }

  /**
   * Prints the report.
   *
   * @param ops a regular expression of names
   * @param depth whether kernels are changed, too
   * @param root the repository
   * @return how much is without a reason: survivors, operations without a change, checks of inputs
   *     that nothing reaches; and, of all operations with their kernels, reasons of nothing
   */
  public static int run(String ops, Depth depth, Path root) throws IOException {
    KernelRuns kernels = null;
    if (depth == Depth.KERNELS) {
      KernelChanges.install();
      kernels = new KernelRuns();
    }
    MutationRun run = new MutationRun(Reasons.read(), kernels);
    ThrowSites sites = new ThrowSites(root);
    Pattern selected = Pattern.compile(ops);
    int unchanged = 0;
    for (OpInfo info : Ops.all()) {
      run.errors(info, sites);
      if (selected.matcher(info.name()).matches()) {
        Counts counts = run.operation(info);
        System.out.println(info.name() + ": " + counts);
        run.total.add(counts);
        if (counts.mutants == 0 && run.reasons.of("unchanged " + info.name()) == null) {
          System.out.println("never changed: " + info.name());
          unchanged++;
        }
      }
    }
    System.out.println(run.total + "; " + unchanged + " operations without a change or a reason");
    int missed = 0;
    for (Map.Entry<String, String> site : sites.unreached().entrySet()) {
      String line = "check " + site.getKey().replaceAll(":.*", "") + ": " + site.getValue();
      if (run.reasons.of(line) == null) {
        System.out.println("no error sample reaches " + site.getKey() + ", " + line);
        missed++;
      }
    }
    System.out.printf(
        "%d checks of inputs, %d of them reached by no error sample and without a reason%n",
        sites.count(), missed);
    List<Pattern> stale =
        ops.equals(ALL) && depth == Depth.KERNELS ? run.reasons.unused() : List.of();
    stale.forEach(p -> System.out.println("explains nothing: " + p));
    return run.total.surviving() + unchanged + missed + stale.size();
  }

  private void errors(OpInfo info, ThrowSites sites) {
    for (DType dtype : info.dtypes()) {
      for (Device device : List.of(Device.CPU, Device.QUEUE)) {
        try (Scope scope = Scope.open()) {
          for (ErrorSample s : info.errors().apply(new SampleInputs(dtype, device))) {
            try {
              s.call().apply(s.inputs().toArray(new Tensor[0]));
              Backend.of(device).synchronize();
            } catch (TensorException e) {
              sites.reached(e);
            }
          }
        }
      }
    }
  }

  private static List<DType> dtypes(OpInfo info) {
    List<DType> usual =
        List.of(DType.FLOAT64, DType.INT64, DType.COMPLEX128).stream()
            .filter(info.dtypes()::contains)
            .toList();
    return usual.isEmpty() ? List.copyOf(info.dtypes()).subList(0, 1) : usual;
  }

  private Counts operation(OpInfo info) {
    Counts counts = new Counts();
    for (DType dtype : dtypes(info)) {
      try (Scope scope = Scope.open()) {
        passing = new IdentityHashMap<>();
        List<Sample> samples =
            new ArrayList<>(info.samples().apply(new SampleInputs(dtype, Device.CPU)));
        boolean elementwise = Mutants.isElementwise(samples.get(0));
        if (dtype.isComplex() && info.dtypes().contains(DType.FLOAT64)) {
          continue; // the same rules, over pairs
        }
        List<Mutant> all = new ArrayList<>(Mutants.of(samples, dtype));
        if (!elementwise && kernels != null) {
          all.addAll(kernels.of(samples, dtype));
        }
        try {
          for (Sample s : info.samples().apply(SampleInputs.random(dtype, Device.CPU, 1))) {
            if (suits(s)) {
              samples.add(s);
            }
          }
        } catch (TensorException e) {
          // The sizes of this seed do not suit the samples.
        }
        for (Mutant m : all) {
          mutant(counts, info, dtype, m, samples);
        }
      }
    }
    return counts;
  }

  /** Whether the sizes that a sample got at random suit it. */
  private static boolean suits(Sample s) {
    try (Scope scope = Scope.open()) {
      s.run();
      return true;
    } catch (TensorException | IllegalArgumentException e) {
      return false;
    }
  }

  private void mutant(Counts counts, OpInfo info, DType dtype, Mutant m, List<Sample> samples) {
    counts.mutants++;
    String line = info.name() + " " + dtype + ": " + m.what();
    Sample first = null;
    for (Sample s : samples) {
      Sample mutated = m.of(s);
      if (mutated == null) {
        continue;
      }
      first = first == null ? s : first;
      try (Scope scope = Scope.open()) {
        if (notices(s, mutated, m, dtype)) {
          counts.noticed++;
          return;
        }
      }
    }
    if (!dtype.isComplex() && Mutants.isElementwise(first) && Grid.same(m, first)) {
      counts.equal++;
    } else if (m.notice() == Notice.ANY_GRADIENT && sameGradients(m, dtype, samples)) {
      counts.unread++;
    } else if (reasons.of(line) != null) {
      counts.explained++;
    } else {
      System.out.println("survives: " + line);
    }
  }

  /** Whether all samples have the same gradients with the change, to the bit. */
  private static boolean sameGradients(Mutant m, DType dtype, List<Sample> samples) {
    for (Sample s : samples) {
      Sample mutated = m.of(s);
      if (mutated != null && Check.RECORDED_GRADIENT.takes(s, m.notice())) {
        try (Scope scope = Scope.open()) {
          for (GraphUse use : List.of(GraphUse.RELEASE, GraphUse.CREATE)) {
            if (!Check.sameGradients(s, mutated, dtype, use)) {
              return false;
            }
          }
        } catch (TensorException e) {
          continue; // a size that does not suit
        }
      }
    }
    return true;
  }

  private boolean notices(Sample s, Sample mutated, Mutant m, DType dtype) {
    for (Check check : Check.of(m.notice())) {
      if (check.takes(s, m.notice()) && passes(check, s, dtype)) {
        try (Context.Restore change = m.during().get()) {
          if (!check.passes(s, mutated, dtype)) {
            return true;
          }
        } catch (RuntimeException e) {
          return true; // a test would fail with it
        }
      }
    }
    return false;
  }

  /** Whether the unchanged sample passes. */
  private boolean passes(Check check, Sample s, DType dtype) {
    return passing
        .computeIfAbsent(s, x -> new EnumMap<>(Check.class))
        .computeIfAbsent(
            check,
            c -> {
              try (Scope scope = Scope.open()) {
                return c.passes(s, s, dtype);
              } catch (TensorException | IllegalArgumentException | IllegalStateException e) {
                return false; // a peer that is no TorchScript, a size that does not suit
              }
            });
  }
}
