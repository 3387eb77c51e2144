package io.arclight.it.mutation;

import io.arclight.autograd.GradCheck;
import io.arclight.it.parity.ParityCheck;
import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.ErrorSample;
import io.arclight.tensor.op.Mutants;
import io.arclight.tensor.op.Mutants.Mutant;
import io.arclight.tensor.op.Mutants.Notice;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Ops;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.Sample.Difference;
import io.arclight.tensor.op.SampleInputs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Changes every operation in one place at a time, and sees whether its tests notice. */
public final class MutationRun {
  /** Elements up to which tests differentiate numerically, once and twice. */
  private static final long LARGEST = 130;

  private static final long LARGEST_SECOND = 30;

  private final Reasons reasons;
  private int mutants;
  private int noticed;
  private int equivalent;
  private int explained;
  private final List<String> survivors = new ArrayList<>();

  private MutationRun(Reasons reasons) {
    this.reasons = reasons;
  }

  /**
   * Prints the report.
   *
   * @param ops a regular expression of names
   * @param root the repository
   * @return the number of survivors without a reason
   */
  public static int run(String ops, Path root) throws IOException {
    MutationRun run = new MutationRun(Reasons.read());
    ThrowSites sites = new ThrowSites(root);
    Pattern selected = Pattern.compile(ops);
    for (OpInfo info : Ops.all()) {
      run.errors(info, sites);
      if (selected.matcher(info.name()).matches()) {
        run.operation(info);
      }
    }
    System.out.printf(
        "%d mutants: %d noticed, %d equal to the original, %d explained, %d survive%n",
        run.mutants, run.noticed, run.equivalent, run.explained, run.survivors.size());
    int missed = 0;
    for (String site : sites.unreached()) {
      String line = "check " + site.replaceAll(":.*", "");
      if (run.reasons.of(line) == null) {
        System.out.println("no error sample reaches " + site);
        missed++;
      }
    }
    System.out.printf(
        "%d checks of inputs, %d of them reached by no error sample and without a reason%n",
        sites.count(), missed);
    return run.survivors.size() + missed;
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

  private void operation(OpInfo info) {
    for (DType dtype : List.of(DType.FLOAT64, DType.INT64)) {
      if (!info.dtypes().contains(dtype)) {
        continue;
      }
      try (Scope scope = Scope.open()) {
        List<Sample> samples =
            new ArrayList<>(info.samples().apply(new SampleInputs(dtype, Device.CPU)));
        List<Mutant> all = Mutants.of(samples, dtype);
        try {
          samples.addAll(info.samples().apply(SampleInputs.random(dtype, Device.CPU, 1)));
        } catch (TensorException e) {
          // The sizes of this seed do not suit the samples.
        }
        for (Mutant m : all) {
          mutant(info, dtype, m, samples);
        }
      }
    }
  }

  private void mutant(OpInfo info, DType dtype, Mutant m, List<Sample> samples) {
    mutants++;
    String line = info.name() + " " + dtype + ": " + m.what();
    Sample first = null;
    for (Sample s : samples) {
      Sample mutated = m.of(s);
      if (mutated == null) {
        continue;
      }
      first = first == null ? s : first;
      try (Scope scope = Scope.open()) {
        if (notices(mutated, m.notice(), dtype)) {
          noticed++;
          return;
        }
      }
    }
    if (Mutants.isElementwise(first) && Grid.same(m, first)) {
      equivalent++;
    } else if (reasons.of(line) != null) {
      explained++;
    } else {
      survivors.add(line);
      System.out.println("survives: " + line);
    }
  }

  private static boolean notices(Sample mutated, Notice notice, DType dtype) {
    try {
      Difference difference = mutated.difference();
      boolean values = difference == null || difference.aspect() == Difference.Aspect.GRADIENT;
      if (notice == Notice.VALUE && mutated.peer() != null && values) {
        return !ParityCheck.agrees(mutated);
      }
      if (notice == Notice.GRADIENT && mutated.peer() != null && difference == null) {
        return !ParityCheck.agrees(mutated);
      }
      if (notice == Notice.VALUE || !mutated.differentiable()) {
        return false;
      }
      return !gradientsAgree(mutated, notice, dtype);
    } catch (IllegalArgumentException e) {
      return false; // a peer that is no TorchScript
    } catch (TensorException | IllegalStateException e) {
      return true; // a test would fail with it
    }
  }

  private static boolean gradientsAgree(Sample s, Notice notice, DType dtype) {
    List<Integer> real = new ArrayList<>();
    long elements = 0;
    for (int i = 0; i < s.inputs().size(); i++) {
      if (s.inputs().get(i).dtype() == dtype) {
        real.add(i);
        elements += s.inputs().get(i).elements();
      }
    }
    boolean second = notice == Notice.SECOND_GRADIENT;
    if (elements == 0 || elements > (second ? LARGEST_SECOND : LARGEST)) {
      return true;
    }
    Tensor[] inputs =
        real.stream()
            .map(i -> s.inputs().get(i).detach().copy().requiresGrad(true))
            .toArray(Tensor[]::new);
    java.util.function.Function<Tensor[], Tensor> function =
        x -> {
          Tensor[] all = s.inputs().toArray(new Tensor[0]);
          for (int i = 0; i < x.length; i++) {
            all[real.get(i)] = x[i];
          }
          Tensor first = s.run(all)[0];
          return first
              .mul(new Generator(5).uniform(first.shape(), dtype, Device.CPU).add(0.5))
              .sum();
        };
    try {
      if (second) {
        GradCheck.checkSecond(function, inputs);
      } else {
        GradCheck.check(function, inputs);
      }
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }
}
