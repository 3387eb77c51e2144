package io.arclight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.NativeBLAS;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Spark's MLlib with the system's BLAS in a JVM in which our own works already. */
@Timeout(60)
class BlasBesideTest {
  private static final String NONE = "no native BLAS";

  @TempDir Path folder;

  @Test
  void bothWork() throws Exception {
    Path log = folder.resolve("log");
    Process process =
        Processes.java(
            List.of("-Xmx256m"),
            System.getProperty("java.class.path"),
            log,
            Map.of(),
            BlasBesideTest.class.getName());
    int exitCode = Processes.await(process, Duration.ofSeconds(50), log);
    List<String> lines = Files.readAllLines(log);
    assertThat(exitCode).as(String.join("\n", lines)).isZero();
    assumeThat(lines).as("the machine has no BLAS for MLlib").doesNotContain(NONE);
    assertThat(lines).containsSubsequence("64.0", "2.5", "64.0");
  }

  /** Multiplies by ours, adds by the system's, multiplies again. */
  public static void main(String[] arguments) {
    product();
    BLAS system = null;
    try {
      system = NativeBLAS.getInstance();
    } catch (RuntimeException | LinkageError e) {
      System.out.println(NONE);
    }
    if (system != null) {
      double[] x = new double[10_000];
      double[] y = new double[10_000];
      Arrays.fill(x, 1.25);
      system.daxpy(x.length, 2, x, 1, y, 1);
      System.out.println(y[y.length - 1]);
      product();
    }
  }

  private static void product() {
    Tensor x = Tensor.ones(Shape.of(4, 4));
    System.out.println(x.mm(x).sum().item());
  }
}
