package io.arclight.it.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.arclight.it.parity.Parity.Gradients;
import io.arclight.it.parity.Parity.Outcome;
import io.arclight.it.parity.Parity.Verdict;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Ops;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.Sample.Difference.Aspect;
import io.arclight.tensor.op.SampleInputs;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation against libtorch: dtypes, shapes, values and gradients, from its samples and from
 * inputs of random shapes and layouts. {@code -Darclight.test.ops} is a regular expression of
 * names; {@code arclight.test.seed} and {@code arclight.test.samples} choose and widen the random
 * ones.
 */
@Timeout(120)
class ParityTest {
  private static final Pattern SELECTED =
      Pattern.compile(System.getProperty("arclight.test.ops", ".*"));
  private static final long SEED = Long.getLong("arclight.test.seed", 1);
  private static final int RANDOM = Integer.getInteger("arclight.test.samples", 3);

  private static final ParityCount DECLARED = new ParityCount();
  private static final ParityCount RANDOMISED = new ParityCount();

  record Case(OpInfo info, DType dtype) {
    @Override
    public String toString() {
      return info.name() + " " + dtype;
    }
  }

  static Stream<OpInfo> operations() {
    return Stream.concat(Ops.all().stream(), FunctionalSamples.all())
        .filter(i -> SELECTED.matcher(i.name()).matches());
  }

  static Stream<Case> cases() {
    return operations().flatMap(i -> i.dtypes().stream().map(t -> new Case(i, t)));
  }

  @BeforeAll
  static void libtorch() {
    String missing = Libtorch.missing();
    if (missing != null) {
      System.out.println("ParityTest skips: libtorch does not load here: " + missing);
    }
    assumeTrue(missing == null);
  }

  @AfterAll
  static void report() {
    System.out.println("parity, declared samples: " + DECLARED);
    System.out.println("parity, random inputs, seed " + SEED + ": " + RANDOMISED);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void declaredSamplesAgree(Case c) {
    List<String> problems = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      for (Sample s : c.info.samples().apply(new SampleInputs(c.dtype, Device.CPU))) {
        String problem = declared(c, s);
        if (problem != null) {
          problems.add(s + " ~ " + s.peer() + ": " + problem);
        }
      }
    }
    fail(c, problems);
  }

  private static String declared(Case c, Sample s) {
    if (s.peer() == null) {
      DECLARED.withoutPeer();
      return s.difference() == null ? "has neither a peer nor a reason for having none" : null;
    }
    Aspect exception = s.difference() == null ? null : s.difference().aspect();
    if (exception != null) {
      DECLARED.exception();
      if (compare(s, Gradients.COMPARED).outcome() == Outcome.AGREES) {
        return "agrees, so that its exception can go: " + s.difference().reason();
      }
      if (exception == Aspect.VALUE) {
        return null;
      }
    }
    Verdict v = compare(s, exception == null ? Gradients.COMPARED : Gradients.LEFT_OUT);
    DECLARED.add(c.info.name(), c.dtype.toString(), v);
    return v.problem();
  }

  private static Verdict compare(Sample s, Gradients gradients) {
    try {
      return Parity.compare(s, gradients);
    } catch (IllegalArgumentException e) {
      return Verdict.differs(e.getMessage());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void randomInputsAgree(Case c) {
    List<String> problems = new ArrayList<>();
    for (long seed = SEED; seed < SEED + RANDOM; seed++) {
      try (Scope scope = Scope.open()) {
        for (Sample s : random(c, seed)) {
          Aspect exception = s.difference() == null ? null : s.difference().aspect();
          if (s.peer() == null || exception == Aspect.VALUE) {
            continue;
          }
          Verdict v = compare(s, exception == null ? Gradients.COMPARED : Gradients.LEFT_OUT);
          RANDOMISED.add(c.info.name(), c.dtype.toString(), v);
          if (v.problem() != null) {
            problems.add("seed " + seed + " " + s + " ~ " + s.peer() + ": " + v.problem());
          }
        }
      }
    }
    fail(c, problems);
  }

  /** With a line for each, as the whole of a failed run is read at once. */
  private static void fail(Case c, List<String> problems) {
    assertThat(problems.isEmpty())
        .as(c + " differs from PyTorch:\n  " + String.join("\n  ", problems))
        .isTrue();
  }

  /** None where the sizes are such that the samples cannot even be written down. */
  private static List<Sample> random(Case c, long seed) {
    try {
      return c.info.samples().apply(SampleInputs.random(c.dtype, Device.CPU, seed));
    } catch (TensorException e) {
      return List.of();
    }
  }
}
