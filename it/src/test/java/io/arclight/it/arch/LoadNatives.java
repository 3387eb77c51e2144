package io.arclight.it.arch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.llvm.global.LLVM;
import org.bytedeco.openblas.global.openblas_nolapack;

/** Loads and calls each native library, then prints the files that the process has mapped. */
final class LoadNatives {
  private LoadNatives() {}

  public static void main(String[] arguments) throws IOException {
    Loader.load(LLVM.class);
    LLVM.LLVMInitializeNativeTarget();
    try (engine cpu = new engine(dnnl.dnnl_cpu, 0)) {
      check(cpu.get_kind().value == dnnl.dnnl_cpu);
    }
    check(openblas_nolapack.cblas_sdot(1, new float[] {2}, 1, new float[] {3}, 1) == 6);
    Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains("/org/bytedeco/"))
        .map(line -> "loaded " + line.substring(line.indexOf('/')))
        .distinct()
        .forEach(System.out::println);
  }

  private static void check(boolean right) {
    if (!right) {
      throw new IllegalStateException("A native library gave a wrong answer.");
    }
  }
}
