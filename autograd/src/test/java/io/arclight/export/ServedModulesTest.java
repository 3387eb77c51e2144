package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.autograd.Autograd;
import io.arclight.data.blob.LocalBlobStore;
import io.arclight.nn.FractionalMaxPool2d;
import io.arclight.nn.Identity;
import io.arclight.nn.LSTM;
import io.arclight.nn.Module;
import io.arclight.nn.utils.Packing;
import io.arclight.nn.utils.Rnn;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.ChannelAffineOp;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every public module is served as a saved program, at any number of rows, or {@code
 * docs/formats.md} says why not.
 */
@Timeout(120)
class ServedModulesTest {
  private static final Path PAGE = Path.of("..", "docs", "formats.md");
  private static final Pattern REASON =
      Pattern.compile("^\\| `(\\w+)` \\| \\w.* \\|$", Pattern.MULTILINE);

  static Stream<ServedCase<?>> cases() {
    return Stream.concat(ServedLayers.all().stream(), ServedModels.all().stream());
  }

  @ParameterizedTest
  @MethodSource("cases")
  <M extends Module> void served(ServedCase<M> served, @TempDir Path folder) throws IOException {
    LocalBlobStore store = LocalBlobStore.at(folder);
    try (Scope scope = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      M model = served.create().get();
      try (Program program = served.trace(model)) {
        program.save(store);
      }
      model.eval();
      try (Program program = Program.load(store)) {
        for (long rows : new long[] {3, 1, 2, 5}) {
          Map<String, Tensor> in = served.rows(rows);
          Map<String, Tensor> found = program.run(in);
          served
              .run(model, in)
              .forEach(
                  (name, expected) -> {
                    Tensor actual = found.get(name);
                    assertThat(actual.shape()).as("%d rows", rows).isEqualTo(expected.shape());
                    assertThat(actual.dtype()).isEqualTo(expected.dtype());
                    assertThat(actual.toDoubles())
                        .as("output %s of %d rows", name, rows)
                        .usingComparatorWithPrecision(precision(program, expected))
                        .containsExactly(expected.toDoubles());
                  });
        }
      }
    }
  }

  /** 0 but where normalisations have become part of the weights before them. */
  private static double precision(Program program, Tensor expected) {
    boolean folds = program.steps().stream().anyMatch(ServedModulesTest::normalises);
    return folds && expected.elements() > 0 ? 1e-4 * expected.abs().max().item() : 0;
  }

  private static boolean normalises(ProgramStep step) {
    return step.isFixed() && step.op(0) instanceof ChannelAffineOp;
  }

  @Test
  void everyModuleHasACaseOrAReason() throws Exception {
    Set<String> missing = new TreeSet<>();
    for (String folder : new String[] {"nn", "nn/utils", "models", "optim"}) {
      missing.addAll(modules(folder));
    }
    assertThat(missing).contains("Linear", "Bert", "MaskedLM", "Generator");
    Set<String> covered = new TreeSet<>();
    cases().forEach(c -> covered.add(c.module().getSimpleName()));
    String page = Files.readString(PAGE);
    int table = page.indexOf("| not as a program |");
    Matcher reason = REASON.matcher(page.substring(table, page.indexOf("\n\n", table)));
    while (reason.find()) {
      assertThat(missing).as("modules that %s excuses", PAGE).contains(reason.group(1));
      assertThat(covered).as("modules with a case").doesNotContain(reason.group(1));
      covered.add(reason.group(1));
    }
    missing.removeAll(covered);
    assertThat(missing).as("modules without a case, or a reason in " + PAGE).isEmpty();
  }

  @Test
  void whatThePageExcusesIsRefused() {
    try (Scope scope = Scope.open()) {
      Signature images = Signature.of("x", Shape.of(3, 8, 7));
      assertThatThrownBy(() -> Program.trace(new FractionalMaxPool2d(2).outputSize(3, 4), images))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("random");
      LSTM lstm = new LSTM(3, 4);
      Signature sequences =
          Signature.of(
              InputSpec.of("x", DType.FLOAT32, Shape.of(5, 3)),
              InputSpec.of("length", DType.INT64, Shape.SCALAR));
      assertThatThrownBy(
              () ->
                  Program.trace(
                      lstm,
                      in ->
                          Map.of(
                              "output",
                              lstm.call(
                                      Rnn.packPaddedSequence(
                                          in.get("x"),
                                          in.get("length"),
                                          Packing.standard().batchFirst()))
                                  .output()
                                  .data()),
                      sequences))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("is read while a program is being traced");
    }
  }

  @Test
  void constantsOfOneNumberFollowTheBatch() {
    try (Scope scope = Scope.open()) {
      Identity none = new Identity();
      Signature signature = Signature.of("x", Shape.of(2));
      Program program =
          Program.trace(
              none,
              in -> {
                long n = in.get("x").dim(0);
                Tensor wide = Tensor.full(Shape.of(2 * n + 1, 3), 7L, DType.INT64, Device.CPU);
                return Map.of(
                    "view", wide.view(3 * (2 * n + 1)),
                    "empty", Tensor.zeros(Shape.of(n, 0)),
                    "fixed", Tensor.ones(Shape.of(4)));
              },
              signature);
      for (long rows : new long[] {1, 5}) {
        Map<String, Tensor> out = program.run(Map.of("x", Tensor.ones(Shape.of(rows, 2))));
        long[] sevens = new long[Math.toIntExact(6 * rows + 3)];
        Arrays.fill(sevens, 7);
        assertThat(out.get("view").toLongs()).isEqualTo(sevens);
        assertThat(out.get("empty").shape()).isEqualTo(Shape.of(rows, 0));
        assertThat(out.get("fixed").toFloats()).containsExactly(1, 1, 1, 1);
      }
      program.close();
      assertThatThrownBy(
              () ->
                  Program.trace(
                      none,
                      in ->
                          Map.of(
                              "x", Tensor.full(Shape.of(in.get("x").dim(0)), in.get("x").dim(0))),
                      signature))
          .hasMessageContaining("has values that follow the batch");
      assertThatThrownBy(
              () ->
                  Program.trace(
                      none,
                      in -> {
                        long n = in.get("x").dim(0);
                        return Map.of("x", Tensor.zeros(Shape.of(n * n)));
                      },
                      signature))
          .hasMessageContaining("a constant used by its output")
          .hasMessageContaining("a * rows + b");
    }
  }

  /** The public modules that can be made, by their class files. */
  private static Set<String> modules(String folder) throws Exception {
    Path classes =
        Path.of(Module.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String prefix = "io/arclight/" + folder + "/";
    Set<String> out = new TreeSet<>();
    try (Stream<Path> files = Files.list(classes.resolve(prefix))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (!name.endsWith(".class") || name.startsWith("package-info")) {
          continue;
        }
        Class<?> found =
            Class.forName(
                (prefix + name.substring(0, name.length() - 6)).replace('/', '.'),
                false,
                Module.class.getClassLoader());
        int modifiers = found.getModifiers();
        if (Module.class.isAssignableFrom(found)
            && Modifier.isPublic(modifiers)
            && !Modifier.isAbstract(modifiers)) {
          out.add(found.getSimpleName());
        }
      }
    }
    return out;
  }
}
