package io.arclight.tensor.cpu;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.erf;
import static io.arclight.tensor.ir.Exprs.exp;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.load;
import static io.arclight.tensor.ir.Exprs.max;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;

/** CPU time of kernels on one thread, and of compiling them: {@code main} prints a table. */
final class KernelBenchmark {
  private static final Expr.Var ROW = new Expr.Var("row", Type.I64);
  private static final Expr.Var I = new Expr.Var("i", Type.I64);
  private static final Expr.Param N = new Expr.Param(0, Type.I64);
  private static final Expr X = load(0, ROW, Type.F32);
  private static final int ROUNDS = 15;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private KernelBenchmark() {}

  public static void main(String[] args) {
    System.setProperty("arclight.kernel.cache", "off");
    long start = System.nanoTime();
    System.out.printf(
        "LLVM %s, loaded in %.0f ms%n",
        KernelCompiler.isNative() ? Llvm.instance().cpu() : Llvm.unavailableReason(),
        (System.nanoTime() - start) / 1e6);
    Map<String, Kernel> kernels = kernels();
    kernels.forEach(KernelBenchmark::compileTime);
    kernels.put("softmax10", kernels.get("softmax"));
    System.out.printf("%n%-10s %10s %14s %8s%n", "kernel", "n", "ns", "GB/s");
    for (int n : new int[] {1_000, 100_000, 10_000_000}) {
      try (FloatPointer memory = new FloatPointer(3L * n)) {
        for (long i = 0; i < 3L * n; i++) {
          memory.put(i, (i * 7919 % 2000 - 1000) / 250f);
        }
        kernels.forEach((name, kernel) -> runTime(name, kernel, n, memory.address()));
      }
    }
  }

  private static Map<String, Kernel> kernels() {
    Map<String, Kernel> kernels = new LinkedHashMap<>();
    Expr y = load(1, ROW, Type.F32);
    Expr gelu =
        mul(
            mul(constant(Type.F32, 0.5), X),
            add(constant(Type.F32, 1), erf(mul(X, constant(Type.F32, Math.sqrt(0.5))))));
    kernels.put("add", elementwise("add", add(X, y)));
    kernels.put("relu", elementwise("relu", max(X, constant(Type.F32, 0))));
    kernels.put("gelu", elementwise("gelu", gelu));
    kernels.put("sum", rows("sum", List.of(sum("s", at(I)), store(ROW, var("s")))));
    Expr shifted = exp(sub(at(I), var("m")));
    Stmt.Reduce largest = reduce("m", at(I), Double.NEGATIVE_INFINITY, BinaryOp.MAX);
    Expr.Var j = new Expr.Var("j", Type.I64);
    Expr result = div(exp(sub(at(j), var("m"))), var("t"));
    kernels.put(
        "softmax",
        rows(
            "softmax",
            List.of(
                largest,
                reduce(
                    "t",
                    Exprs.substitute(shifted, e -> e == I ? indexOf("t") : e),
                    0,
                    BinaryOp.ADD),
                new Stmt.Vector(j, N, List.of(store(place(j), result))))));
    // Sums over the first dimension of [n / 1000, 1000]: a row is the whole matrix.
    Expr.Var column = new Expr.Var("column", Type.I64);
    Expr.Var r = new Expr.Var("r", Type.I64);
    Expr element = load(0, add(mul(r, int64(1000)), column), Type.F32);
    Stmt.Carried total =
        new Stmt.Carried(var("total"), constant(Type.F32, 0), add(var("total"), element));
    Expr count = div(N, int64(1000));
    kernels.put(
        "columns",
        rows(
            "columns",
            List.of(
                new Stmt.Vector(
                    column,
                    int64(1000),
                    List.of(
                        new Stmt.Serial(r, count, List.of(total), List.of()),
                        store(column, var("total")))))));
    return kernels;
  }

  private static Expr.Var indexOf(String result) {
    return new Expr.Var("i" + result, Type.I64);
  }

  private static Expr.Var var(String name) {
    return new Expr.Var(name, Type.F32);
  }

  private static Expr place(Expr i) {
    return add(mul(ROW, N), i);
  }

  private static Expr at(Expr i) {
    return load(0, place(i), Type.F32);
  }

  private static Stmt.Store store(Expr index, Expr value) {
    return new Stmt.Store(2, index, value);
  }

  private static Stmt.Reduce sum(String name, Expr value) {
    return reduce(name, value, 0, BinaryOp.ADD);
  }

  private static Stmt.Reduce reduce(String name, Expr value, double identity, BinaryOp op) {
    Expr.Var index = indexOf(name);
    Expr.Var left = var(name + "l");
    Expr.Var right = var(name + "r");
    return new Stmt.Reduce(
        index,
        N,
        List.of(),
        List.of(Exprs.substitute(value, e -> e == I ? index : e)),
        List.of(var(name)),
        List.of(constant(Type.F32, identity)),
        new Stmt.Combine(List.of(left), List.of(right), List.of(Exprs.binary(op, left, right))));
  }

  private static Kernel elementwise(String name, Expr value) {
    return new Kernel(name, buffers(), List.of(Type.I64), ROW, true, List.of(store(ROW, value)));
  }

  private static Kernel rows(String name, List<Stmt> body) {
    return new Kernel(name, buffers(), List.of(Type.I64), ROW, false, body);
  }

  private static List<Kernel.Buffer> buffers() {
    return List.of(
        new Kernel.Buffer(Type.F32, Kernel.Access.READ),
        new Kernel.Buffer(Type.F32, Kernel.Access.READ),
        new Kernel.Buffer(Type.F32, Kernel.Access.WRITE));
  }

  private static void compileTime(String name, Kernel kernel) {
    long[] times = new long[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      LlvmCompiler compiler = new LlvmCompiler(Llvm.instance(), ObjectCache.open());
      // Another parameter makes other text, so that nothing is known from the round before.
      List<Type> params = java.util.Collections.nCopies(round + 2, Type.I64);
      Kernel fresh =
          new Kernel(
              kernel.name(),
              kernel.buffers(),
              params,
              kernel.row(),
              kernel.vectorRows(),
              kernel.body());
      long start = THREADS.getCurrentThreadCpuTime();
      compiler.compile(fresh);
      times[round] = THREADS.getCurrentThreadCpuTime() - start;
    }
    Arrays.sort(times);
    System.out.printf("compile %-10s %.1f ms%n", name, times[ROUNDS / 2] / 1e6);
  }

  private static void runTime(String name, Kernel kernel, int n, long memory) {
    CompiledKernel compiled = KernelCompiler.compile(kernel);
    long width =
        switch (name) {
          case "softmax" -> 1000;
          case "softmax10" -> 10;
          case "sum", "columns" -> n;
          default -> 1;
        };
    int streams = name.equals("add") ? 3 : width == n ? 1 : 2;
    try (LongPointer slots = new LongPointer(5)) {
      slots.put(memory, memory + 4L * n, memory + 8L * n, width, 0);
      int calls = Math.max(1, 2_000_000 / n);
      long[] times = new long[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        long start = THREADS.getCurrentThreadCpuTime();
        for (int call = 0; call < calls; call++) {
          compiled.run(slots.address(), 0, n / width);
        }
        times[round] = (THREADS.getCurrentThreadCpuTime() - start) / calls;
      }
      Arrays.sort(times);
      long ns = times[ROUNDS / 2];
      System.out.printf("%-10s %10d %14d %8.1f%n", name, n, ns, 4.0 * streams * n / ns);
    }
  }
}
