package io.arclight.tensor.cpu;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.llvm.LLVM.LLVMContextRef;
import org.bytedeco.llvm.LLVM.LLVMYieldCallback;

/**
 * Gives the native methods of {@link NativeCalls} their bodies: for each a compiled JNI function
 * that drops the JNI arguments and calls its first argument as a C function with the others.
 */
final class NativeBinder {
  private static final int GET_ENV = 6;
  private static final int REGISTER_NATIVES = 215;
  private static final int JNI_VERSION = 0x00010006;

  /** Symbol of the loop over the launches of a table. */
  static final String LOOP = "arclight_run_all";

  private static final String LOOP_IR =
      """
      define void @arclight_run_all(i64 %address, i64 %table, i64 %begin, i64 %end) {
        %kernel = inttoptr i64 %address to ptr
        %entries = inttoptr i64 %table to ptr
        br label %entry
      entry:
        %at = phi ptr [ %entries, %0 ], [ %after, %called ]
        %first = load i64, ptr %at
        %any = icmp slt i64 %first, %end
        br i1 %any, label %rows, label %done
      rows:
        %pArgs = getelementptr i64, ptr %at, i64 1
        %args = load i64, ptr %pArgs
        %after = getelementptr i64, ptr %at, i64 2
        %next = load i64, ptr %after
        %from = call i64 @llvm.smax.i64(i64 %begin, i64 %first)
        %to = call i64 @llvm.smin.i64(i64 %end, i64 %next)
        %here = icmp slt i64 %from, %to
        br i1 %here, label %call, label %called
      call:
        %b = sub i64 %from, %first
        %e = sub i64 %to, %first
        call void %kernel(i64 %args, i64 %b, i64 %e)
        br label %called
      called:
        br label %entry
      done:
        ret void
      }
      """;

  /** Symbol of the function that calls another with the integers of a table. */
  static final String INVOKE = "arclight_invoke";

  /** Integers in such a table; what a C function does not expect it does not see. */
  static final int INVOKE_ARGUMENTS = 24;

  private NativeBinder() {}

  /**
   * Compiles and registers the bodies; {@code compile} maps a symbol of {@link #ir()} to its
   * address.
   */
  static void bind(ToLongFunction<String> compile) {
    List<Method> methods = methods();
    try (var names = new PointerPointer<BytePointer>(3L * methods.size());
        var environment = new PointerPointer<Pointer>(1);
        var result = new IntPointer(1);
        var block = new LongPointer(6)) {
      List<BytePointer> strings = new ArrayList<>();
      for (int i = 0; i < methods.size(); i++) {
        Method method = methods.get(i);
        strings.add(new BytePointer(method.getName(), StandardCharsets.UTF_8));
        strings.add(new BytePointer(descriptor(method), StandardCharsets.UTF_8));
        names.put(3L * i, strings.get(2 * i));
        names.put(3L * i + 1, strings.get(2 * i + 1));
        names.put(3L * i + 2, new Address(compile.applyAsLong(symbol(method))));
      }
      Pointer type = Loader.newGlobalRef(NativeCalls.class);
      result.put(Integer.MIN_VALUE);
      block.put(
          Loader.getJavaVM().address(),
          type.address(),
          names.address(),
          methods.size(),
          environment.address(),
          result.address());
      call(compile.applyAsLong("arclight_register"), block);
      if (result.get() != 0) {
        throw new IllegalStateException("RegisterNatives gave " + result.get());
      }
      strings.forEach(Pointer::close);
    }
  }

  /** The module that {@link #bind} takes its functions from. */
  static String ir() {
    StringBuilder ir = new StringBuilder(LOOP_IR).append(invokeIr());
    for (Method method : methods()) {
      List<String> parameters = new ArrayList<>();
      for (int i = 1; i < method.getParameterCount(); i++) {
        parameters.add(llvmType(method.getParameterTypes()[i]) + " %a" + i);
      }
      String list = String.join(", ", parameters);
      String returns = llvmType(method.getReturnType());
      boolean nothing = returns.equals("void");
      ir.append(
              "define %s @%s(ptr %%env, ptr %%class, i64 %%fn, %s) {\n"
                  .formatted(returns, symbol(method), list))
          .append("  %f = inttoptr i64 %fn to ptr\n")
          .append("  %scall %s %%f(%s)\n".formatted(nothing ? "" : "%r = ", returns, list))
          .append(nothing ? "  ret void\n}\n" : "  ret %s %%r\n}\n".formatted(returns));
    }
    return ir.append(
            """
            define void @arclight_register(ptr %%block, ptr %%unused) {
              %%vm = load ptr, ptr %%block
              %%p1 = getelementptr i64, ptr %%block, i64 1
              %%class = load ptr, ptr %%p1
              %%p2 = getelementptr i64, ptr %%block, i64 2
              %%methods = load ptr, ptr %%p2
              %%p3 = getelementptr i64, ptr %%block, i64 3
              %%n = load i32, ptr %%p3
              %%p4 = getelementptr i64, ptr %%block, i64 4
              %%penv = load ptr, ptr %%p4
              %%p5 = getelementptr i64, ptr %%block, i64 5
              %%presult = load ptr, ptr %%p5
              %%vmTable = load ptr, ptr %%vm
              %%pGetEnv = getelementptr ptr, ptr %%vmTable, i64 %d
              %%getEnv = load ptr, ptr %%pGetEnv
              %%attached = call i32 %%getEnv(ptr %%vm, ptr %%penv, i32 %d)
              %%ok = icmp eq i32 %%attached, 0
              br i1 %%ok, label %%register, label %%fail
            register:
              %%env = load ptr, ptr %%penv
              %%table = load ptr, ptr %%env
              %%pRegister = getelementptr ptr, ptr %%table, i64 %d
              %%function = load ptr, ptr %%pRegister
              %%rc = call i32 %%function(ptr %%env, ptr %%class, ptr %%methods, i32 %%n)
              store i32 %%rc, ptr %%presult
              ret void
            fail:
              store i32 %%attached, ptr %%presult
              ret void
            }
            """
                .formatted(GET_ENV, JNI_VERSION, REGISTER_NATIVES))
        .toString();
  }

  private static String invokeIr() {
    StringBuilder ir =
        new StringBuilder(
            "define i64 @%s(i64 %%address, i64 %%table, i64 %%u, i64 %%v) {\n".formatted(INVOKE));
    ir.append("  %function = inttoptr i64 %address to ptr\n");
    ir.append("  %entries = inttoptr i64 %table to ptr\n");
    List<String> values = new ArrayList<>();
    for (int i = 0; i < INVOKE_ARGUMENTS; i++) {
      ir.append("  %%p%d = getelementptr i64, ptr %%entries, i64 %d\n".formatted(i, i));
      ir.append("  %%a%d = load i64, ptr %%p%d\n".formatted(i, i));
      values.add("i64 %a" + i);
    }
    return ir.append("  %r = call i64 %function(")
        .append(String.join(", ", values))
        .append(")\n  ret i64 %r\n}\n")
        .toString();
  }

  private static List<Method> methods() {
    return Arrays.stream(NativeCalls.class.getDeclaredMethods())
        .filter(m -> Modifier.isNative(m.getModifiers()))
        .sorted(Comparator.comparing(Method::getName))
        .toList();
  }

  private static String symbol(Method method) {
    return "arclight_jni_" + method.getName();
  }

  private static String descriptor(Method method) {
    StringBuilder s = new StringBuilder("(");
    Arrays.stream(method.getParameterTypes()).forEach(t -> s.append(t.descriptorString()));
    return s.append(')').append(method.getReturnType().descriptorString()).toString();
  }

  private static String llvmType(Class<?> type) {
    return switch (type.descriptorString()) {
      case "V" -> "void";
      case "J" -> "i64";
      default -> throw new IllegalArgumentException("no C type for " + type);
    };
  }

  /** The first call into compiled code, before any native method is bound: a JavaCPP callback. */
  private static void call(long function, Pointer argument) {
    try (var struct = new LongPointer(new long[] {function, 0})) {
      new LLVMYieldCallback(struct).call(new LLVMContextRef(argument), null);
    }
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
