package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Interpreter;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.KernelSample;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class KernelCompilerTest {
  @Test
  void equalKernelsAreCompiledOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<CompiledKernel>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        calls.add(() -> KernelCompiler.compile(RandomKernels.of(7).kernel()));
      }
      CompiledKernel first = null;
      assumeThat(KernelCompiler.isNative()).isTrue();
      for (Future<CompiledKernel> call : threads.invokeAll(calls)) {
        first = first == null ? call.get() : first;
        assertThat(call.get()).isSameAs(first);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void differentKernelsCompileAtTheSameTime() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> calls = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        KernelSample sample = RandomKernels.of(10_000 + i);
        calls.add(() -> fingerprint(sample) == fingerprint(sample, Interpreter::compile));
      }
      for (Future<Boolean> call : threads.invokeAll(calls)) {
        assertThat(call.get()).isTrue();
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void theInterpreterTakesOverWhenCompilingIsOff() throws Exception {
    assumeThat(KernelCompiler.isNative()).isTrue();
    assertThat(child("-Darclight.jit=off")).isEqualTo("false " + fingerprint(RandomKernels.of(3)));
  }

  @Test
  void theInterpreterTakesOverWhereLlvmIsMissing() throws Exception {
    String classes =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(path -> !Path.of(path).getFileName().toString().startsWith("llvm-"))
            .collect(Collectors.joining(File.pathSeparator));
    assertThat(child("-Dlog4j2.level=ERROR", classes))
        .isEqualTo("false " + fingerprint(RandomKernels.of(3)));
  }

  @Test
  void fewerProcessorFeaturesGiveTheSameBits() throws Exception {
    assumeThat(KernelCompiler.isNative()).isTrue();
    assertThat(KernelCompiler.cpuFeatures()).contains("sse2");
    assertThat(child("-Darclight.cpu.features=avx,avx2"))
        .isEqualTo("true " + fingerprint(RandomKernels.of(3)));
  }

  /** Runs {@link #main} in a JVM of its own. */
  private static String child(String property) throws IOException, InterruptedException {
    return child(property, System.getProperty("java.class.path"));
  }

  private static String child(String property, String classes)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                property,
                "-Dorg.bytedeco.javacpp.logger=none",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-cp",
                classes,
                KernelCompilerTest.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var output = process.getInputStream()) {
      List<String> lines =
          new String(output.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertThat(process.waitFor()).isZero();
      return lines.get(lines.size() - 1);
    } finally {
      process.destroyForcibly();
    }
  }

  public static void main(String[] args) {
    System.out.println(KernelCompiler.isNative() + " " + fingerprint(RandomKernels.of(3)));
  }

  private static int fingerprint(KernelSample sample) {
    return fingerprint(sample, KernelCompiler::compile);
  }

  private static int fingerprint(KernelSample sample, Function<Kernel, CompiledKernel> reader) {
    int hash = 0;
    KernelSample.Outcome outcome = sample.run(reader);
    for (int i = 0; i < outcome.buffers().size(); i++) {
      hash = 31 * hash + Arrays.hashCode(sample.bits(outcome, i));
    }
    return hash;
  }
}
