package io.arclight.spark.launch;

import io.arclight.tensor.cpu.KernelCompiler;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the processors of the ranks have in common: the same instructions give the same bits. */
final class CpuFeatures {
  /** Where checkpoints keep them. */
  static final String PROPERTY = "arclight.cpu.features";

  private static final Logger LOG = LoggerFactory.getLogger(CpuFeatures.class);

  private CpuFeatures() {}

  /** What kernels may use in this process; empty where they are interpreted. */
  static TreeSet<String> here() {
    // Native libraries load here first. An interrupted task thread would break them for this JVM.
    Executor thread = task -> new Thread(task, "arclight-native-loading").start();
    return parse(CompletableFuture.supplyAsync(KernelCompiler::cpuFeatures, thread).join());
  }

  /** What all have; says how to restrict this process when it has more. */
  static Set<String> common(Collection<? extends Set<String>> all, Checkpoint restored) {
    TreeSet<String> common = here();
    all.forEach(common::retainAll);
    if (restored != null && restored.properties().containsKey(PROPERTY)) {
      common.retainAll(parse(restored.properties().get(PROPERTY)));
    }

    if (!common.equals(here())) {
      LOG.warn(
          "Other ranks, or the restored checkpoint, used other processors, so results may differ in"
              + " their last bits; for the same bits set --conf"
              + " spark.executor.extraJavaOptions=-D{}={}",
          PROPERTY,
          String.join(",", common));
    }
    return common;
  }

  private static TreeSet<String> parse(String text) {
    List<String> names =
        Arrays.stream(text.split(",")).map(String::trim).filter(name -> !name.isEmpty()).toList();
    return new TreeSet<>(names);
  }
}
