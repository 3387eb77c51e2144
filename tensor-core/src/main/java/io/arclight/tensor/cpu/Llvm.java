package io.arclight.tensor.cpu;

import static org.bytedeco.llvm.global.LLVM.LLVMContextCreate;
import static org.bytedeco.llvm.global.LLVM.LLVMContextDispose;
import static org.bytedeco.llvm.global.LLVM.LLVMCreateMemoryBufferWithMemoryRangeCopy;
import static org.bytedeco.llvm.global.LLVM.LLVMCreateTargetDataLayout;
import static org.bytedeco.llvm.global.LLVM.LLVMCreateTargetMachine;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeErrorMessage;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeMemoryBuffer;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeMessage;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeModule;
import static org.bytedeco.llvm.global.LLVM.LLVMDisposeTargetData;
import static org.bytedeco.llvm.global.LLVM.LLVMGetBufferSize;
import static org.bytedeco.llvm.global.LLVM.LLVMGetBufferStart;
import static org.bytedeco.llvm.global.LLVM.LLVMGetDefaultTargetTriple;
import static org.bytedeco.llvm.global.LLVM.LLVMGetErrorMessage;
import static org.bytedeco.llvm.global.LLVM.LLVMGetHostCPUFeatures;
import static org.bytedeco.llvm.global.LLVM.LLVMGetHostCPUName;
import static org.bytedeco.llvm.global.LLVM.LLVMGetTargetFromTriple;
import static org.bytedeco.llvm.global.LLVM.LLVMGetVersion;
import static org.bytedeco.llvm.global.LLVM.LLVMInitializeNativeAsmPrinter;
import static org.bytedeco.llvm.global.LLVM.LLVMInitializeNativeTarget;
import static org.bytedeco.llvm.global.LLVM.LLVMObjectFile;
import static org.bytedeco.llvm.global.LLVM.LLVMOrcCreateLLJIT;
import static org.bytedeco.llvm.global.LLVM.LLVMOrcCreateLLJITBuilder;
import static org.bytedeco.llvm.global.LLVM.LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine;
import static org.bytedeco.llvm.global.LLVM.LLVMOrcLLJITAddObjectFile;
import static org.bytedeco.llvm.global.LLVM.LLVMOrcLLJITBuilderSetJITTargetMachineBuilder;
import static org.bytedeco.llvm.global.LLVM.LLVMOrcLLJITGetMainJITDylib;
import static org.bytedeco.llvm.global.LLVM.LLVMOrcLLJITLookup;
import static org.bytedeco.llvm.global.LLVM.LLVMParseCommandLineOptions;
import static org.bytedeco.llvm.global.LLVM.LLVMParseIRInContext;
import static org.bytedeco.llvm.global.LLVM.LLVMSetModuleDataLayout;
import static org.bytedeco.llvm.global.LLVM.LLVMSetTarget;
import static org.bytedeco.llvm.global.LLVM.LLVMTargetMachineEmitToMemoryBuffer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.llvm.LLVM.LLVMContextRef;
import org.bytedeco.llvm.LLVM.LLVMErrorRef;
import org.bytedeco.llvm.LLVM.LLVMMemoryBufferRef;
import org.bytedeco.llvm.LLVM.LLVMModuleRef;
import org.bytedeco.llvm.LLVM.LLVMOrcJITDylibRef;
import org.bytedeco.llvm.LLVM.LLVMOrcLLJITRef;
import org.bytedeco.llvm.LLVM.LLVMTargetMachineRef;
import org.bytedeco.llvm.LLVM.LLVMTargetRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** LLVM's compiler and linker for this host, loaded at first use; thread-safe. */
final class Llvm {
  private static final Logger LOG = LoggerFactory.getLogger(Llvm.class);
  private static final int AGGRESSIVE = 3;
  private static final int POSITION_INDEPENDENT = 2;
  private static final int DEFAULT_CODE_MODEL = 0;

  private final String version;
  private final String cpu;
  private final String features;
  private final String triple;
  private final LLVMTargetRef target = new LLVMTargetRef();
  private final LLVMOrcLLJITRef jit = new LLVMOrcLLJITRef();
  private final LLVMOrcJITDylibRef library;
  // A target machine serves one thread at a time.
  private final ConcurrentLinkedDeque<LLVMTargetMachineRef> machines =
      new ConcurrentLinkedDeque<>();

  private static final class Holder {
    static final Llvm LLVM;
    static final String REASON;

    static {
      Llvm llvm = null;
      String reason = null;
      if (System.getProperty("arclight.jit", "on").equals("off")) {
        reason = "arclight.jit=off";
      } else {
        try {
          llvm = new Llvm();
          llvm.bindNativeCalls();
        } catch (LinkageError | RuntimeException e) {
          llvm = null;
          reason = e.toString();
          LOG.warn(
              "LLVM cannot be used, kernels will be interpreted, which is far slower: {}."
                  + " Put org.bytedeco:llvm with the classifier of this platform on the class path"
                  + " (Linux needs glibc 2.34 or later)",
              reason);
          LOG.debug("LLVM failed to load", e);
        }
      }
      LLVM = llvm;
      REASON = reason;
    }
  }

  /** Whether kernels can be compiled in this JVM. */
  static boolean available() {
    return Holder.LLVM != null;
  }

  /** Why LLVM is not available, or null. */
  static String unavailableReason() {
    return Holder.REASON;
  }

  /** The one instance; only when {@link #available()}. */
  static Llvm instance() {
    if (Holder.LLVM == null) {
      throw new IllegalStateException("LLVM cannot be used: " + Holder.REASON);
    }
    return Holder.LLVM;
  }

  private Llvm() {
    NativeLibrary.prepare();
    Loader.load(org.bytedeco.llvm.global.LLVM.class);
    if (LLVMInitializeNativeTarget() != 0 || LLVMInitializeNativeAsmPrinter() != 0) {
      throw new IllegalStateException("LLVM has no code generator for this processor");
    }
    int[] major = new int[1];
    int[] minor = new int[1];
    int[] patch = new int[1];
    LLVMGetVersion(major, minor, patch);
    version = major[0] + "." + minor[0] + "." + patch[0];
    triple = text(LLVMGetDefaultTargetTriple());
    if (triple.startsWith("x86_64")) {
      alignLoops();
    }
    String hostFeatures = text(LLVMGetHostCPUFeatures());
    String allowed = System.getProperty("arclight.cpu.features");
    cpu = allowed == null ? text(LLVMGetHostCPUName()) : baseline(triple);
    features = allowed == null ? hostFeatures : restrict(hostFeatures, allowed);
    try (var tripleText = new BytePointer(triple);
        var error = new BytePointer((Pointer) null)) {
      if (LLVMGetTargetFromTriple(tripleText, target, error) != 0) {
        throw new IllegalStateException(text(error));
      }
    }
    var builder = LLVMOrcCreateLLJITBuilder();
    LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(
        builder, LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(newMachine()));
    check(LLVMOrcCreateLLJIT(jit, builder));
    library = LLVMOrcLLJITGetMainJITDylib(jit);
  }

  /**
   * Starts innermost loops at a multiple of 64 bytes: a short one that lies across such a border
   * takes up to twice the time on Zen 5, and which one does would be left to chance.
   */
  private static void alignLoops() {
    try (var name = new BytePointer("arclight");
        var option = new BytePointer("-x86-experimental-pref-innermost-loop-alignment=6");
        var arguments = new PointerPointer<BytePointer>(name, option);
        var overview = new BytePointer("")) {
      LLVMParseCommandLineOptions(2, arguments, overview);
    }
  }

  private static String baseline(String triple) {
    return triple.startsWith("x86_64") ? "x86-64" : "generic";
  }

  private static String restrict(String hostFeatures, String allowed) {
    Set<String> names = Set.of(allowed.split(","));
    return Arrays.stream(hostFeatures.split(","))
        .filter(f -> f.startsWith("+") && names.contains(f.substring(1)))
        .collect(Collectors.joining(","));
  }

  private void bindNativeCalls() {
    link(compile(NativeBinder.ir()));
    NativeBinder.bind(this::address);
  }

  /** LLVM's version, as in 20.1.7. */
  String version() {
    return version;
  }

  /** LLVM's name of the processor that code is made for. */
  String cpu() {
    return cpu;
  }

  /** The features that code may use, in LLVM's form: +avx2,+fma,-avx512f. */
  String features() {
    return features;
  }

  /** The features that code may use, without those that it may not: avx2,fma. */
  String enabledFeatures() {
    return Arrays.stream(features.split(","))
        .filter(f -> f.startsWith("+"))
        .map(f -> f.substring(1))
        .collect(Collectors.joining(","));
  }

  /** Compiles a module to an object file. */
  byte[] compile(String ir) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMTargetMachineRef machine = machines.poll();
    if (machine == null) {
      machine = newMachine();
    }
    LLVMModuleRef module = null;
    try {
      module = parse(context, ir);
      var layout = LLVMCreateTargetDataLayout(machine);
      LLVMSetModuleDataLayout(module, layout);
      LLVMDisposeTargetData(layout);
      LLVMSetTarget(module, triple);
      return emit(machine, module);
    } finally {
      machines.push(machine);
      if (module != null) {
        LLVMDisposeModule(module);
      }
      LLVMContextDispose(context);
    }
  }

  /** Adds an object file to the process; its symbols must be new. */
  void link(byte[] object) {
    try (var bytes = new BytePointer(object);
        var name = new BytePointer("kernel")) {
      check(
          LLVMOrcLLJITAddObjectFile(
              jit, library, LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, object.length, name)));
    }
  }

  /** Address of a linked symbol. */
  long address(String symbol) {
    long[] address = new long[1];
    check(LLVMOrcLLJITLookup(jit, address, symbol));
    return address[0];
  }

  private LLVMTargetMachineRef newMachine() {
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachine(
            target, triple, cpu, features, AGGRESSIVE, POSITION_INDEPENDENT, DEFAULT_CODE_MODEL);
    if (machine == null) {
      throw new IllegalStateException("LLVM has no target machine for " + triple + ", " + cpu);
    }
    return machine;
  }

  private static LLVMModuleRef parse(LLVMContextRef context, String ir) {
    byte[] utf8 = ir.getBytes(StandardCharsets.UTF_8);
    LLVMModuleRef module = new LLVMModuleRef();
    try (var text = new BytePointer(Arrays.copyOf(utf8, utf8.length + 1));
        var name = new BytePointer("kernel");
        var error = new BytePointer((Pointer) null)) {
      var buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(text, utf8.length, name);
      if (LLVMParseIRInContext(context, buffer, module, error) != 0) {
        throw new IllegalStateException(text(error) + "\n" + ir);
      }
    }
    return module;
  }

  private static byte[] emit(LLVMTargetMachineRef machine, LLVMModuleRef module) {
    LLVMMemoryBufferRef buffer = new LLVMMemoryBufferRef();
    try (var error = new BytePointer((Pointer) null)) {
      if (LLVMTargetMachineEmitToMemoryBuffer(machine, module, LLVMObjectFile, error, buffer)
          != 0) {
        throw new IllegalStateException(text(error));
      }
    }
    byte[] object = new byte[Math.toIntExact(LLVMGetBufferSize(buffer))];
    LLVMGetBufferStart(buffer).capacity(object.length).get(object);
    LLVMDisposeMemoryBuffer(buffer);
    return object;
  }

  private static String text(BytePointer message) {
    String text = message.getString(StandardCharsets.UTF_8);
    LLVMDisposeMessage(message);
    return text;
  }

  private static void check(LLVMErrorRef error) {
    if (error != null && !error.isNull()) {
      BytePointer message = LLVMGetErrorMessage(error);
      String text = message.getString(StandardCharsets.UTF_8);
      LLVMDisposeErrorMessage(message);
      throw new IllegalStateException(text);
    }
  }
}
