package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Kernel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;

/** Compiles kernels with LLVM, taking machine code from the disk cache where it is known. */
final class LlvmCompiler {
  /** Changes when the same text would have to give other code. */
  private static final String FORMAT = "2";

  private final Llvm llvm;
  private final ObjectCache cache;
  private final VectorPlan plan;
  private final long loop;
  // By a hash of the text: hashing a kernel itself can take exponential time, see Expand.
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

  LlvmCompiler(Llvm llvm, ObjectCache cache) {
    this.llvm = llvm;
    this.cache = cache;
    this.plan = VectorPlan.of(llvm.features());
    this.loop = llvm.address(NativeBinder.LOOP);
  }

  private record NativeKernel(long address, long loop) implements CompiledKernel {
    @Override
    public void run(long args, long begin, long end) {
      NativeCalls.call(address, args, begin, end);
    }

    @Override
    public void runAll(long table, long begin, long end) {
      NativeCalls.callAll(loop, address, table, begin, end);
    }
  }

  private final class Entry {
    private CompiledKernel compiled;

    synchronized CompiledKernel compiled(String key, String ir) {
      if (compiled == null) {
        compiled = new NativeKernel(link(key, ir), loop);
      }
      return compiled;
    }
  }

  CompiledKernel compile(Kernel kernel) {
    String ir = LlvmReader.read(kernel, "kernel", plan);
    String key = key(ir);
    return entries.computeIfAbsent(key, k -> new Entry()).compiled(key, ir);
  }

  private long link(String key, String ir) {
    String symbol = "kernel_" + key;
    String renamed = ir.replace("@kernel(", "@" + symbol + "(");
    llvm.link(cache.computeIfAbsent(key, () -> llvm.compile(renamed)));
    return llvm.address(symbol);
  }

  private String key(String ir) {
    MessageDigest digest = ObjectCache.sha256();
    for (String part : new String[] {FORMAT, llvm.version(), llvm.cpu(), llvm.features(), ir}) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
