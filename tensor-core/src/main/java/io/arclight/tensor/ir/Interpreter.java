package io.arclight.tensor.ir;

import java.util.List;

/** Runs kernels in Java: the definition of what a kernel gives, and the reader without LLVM. */
public final class Interpreter {
  private Interpreter() {}

  /**
   * Makes a kernel runnable in its own types, bit for bit as the other readers.
   *
   * @throws IllegalArgumentException if the kernel is ill-typed or uses an unbound variable
   */
  public static CompiledKernel compile(Kernel kernel) {
    return compile(Expand.expand(kernel), false);
  }

  /**
   * Makes a kernel runnable with every F32 value computed and carried in double, {@code
   * java.lang.Math} for the functions; F32 buffers stay F32. The oracle of accuracy tests.
   */
  public static CompiledKernel oracle(Kernel kernel) {
    return compile(
        new Sharing(kernel, kernel.buffers(), Expand::calls, (buffer, value) -> value).share(),
        true);
  }

  private static CompiledKernel compile(Kernel kernel, boolean oracle) {
    return new StmtCompiler(kernel, oracle).compile();
  }

  /** The value of an expression of constants. */
  static Expr constant(Expr e) {
    ExprCompiler compiler = new ExprCompiler(List.of(), null, false);
    int[] register = new int[1];
    Step step = compiler.block(() -> register[0] = compiler.compile(e));
    Frame frame = compiler.frame(1);
    step.run(frame, 1);
    return e.type().isFloat()
        ? new Expr.Real(e.type(), frame.doubles[register[0]][0])
        : new Expr.Int(e.type(), frame.longs[register[0]][0]);
  }
}
