package io.arclight.tensor.ir;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Kernels as text that is C99 for a host compiler and CUDA C++ for NVRTC (one thread a row, or a
 * stride of rows).
 *
 * <p>For the bits that the other readers give: {@code -ffp-contract=off -fno-strict-aliasing -lm}
 * with GCC or Clang, {@code --fmad=false} with NVRTC.
 */
public final class CSource {
  private static final String PROLOGUE = "kernel.h";

  private final Kernel kernel;
  private final StringBuilder text = new StringBuilder();
  private final CExpr exprs;
  private int indent;
  private int next;

  private CSource(Kernel kernel) {
    this.kernel = kernel;
    this.exprs = new CExpr(kernel);
  }

  /** A whole source file: the prologue and the kernel. */
  public static String of(Kernel kernel) {
    return prologue() + function(kernel, name(kernel));
  }

  /** The name of the kernel's function in {@link #of}. */
  public static String name(Kernel kernel) {
    return "kernel_" + kernel.name().replaceAll("[^A-Za-z0-9_]", "_");
  }

  /** The types, macros and functions that every kernel's text needs once before it. */
  public static String prologue() {
    try (InputStream in = CSource.class.getResourceAsStream(PROLOGUE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code void name(const long long *args, long long begin, long long end)} alone. */
  public static String function(Kernel kernel, String name) {
    return new CSource(Expand.expand(kernel)).write(name);
  }

  private String write(String name) {
    open("KERNEL void " + name + "(const long long *args, long long begin, long long end)");
    for (int i = 0; i < kernel.buffers().size(); i++) {
      Kernel.Buffer buffer = kernel.buffers().get(i);
      String type = CExpr.element(buffer.type());
      String constant = buffer.access() == Kernel.Access.READ ? "const " : "";
      line("%s%s *b%d = (%s%s *)args[%d];", constant, type, i, constant, type, i);
    }
    line("long long *error = (long long *)args[%d];", kernel.errorSlot());
    line("(void)error;");
    open("FOR_ROWS(" + CExpr.variable(kernel.row()) + ", begin, end)");
    block(kernel.body());
    close();
    close();
    return text.toString();
  }

  private void block(List<? extends Stmt> statements) {
    for (Stmt statement : statements) {
      if (statement instanceof Stmt.Let let) {
        declare(let.var(), exprs.of(let.value()));
      } else if (statement instanceof Stmt.Store s) {
        line("b%d[%s] = %s;", s.buffer(), exprs.of(s.index()), exprs.of(s.value()));
      } else if (statement instanceof Stmt.Vector v) {
        loop(v.index(), exprs.of(v.extent()));
        block(v.body());
        close();
      } else if (statement instanceof Stmt.Serial s) {
        serial(s);
      } else if (statement instanceof Stmt.Reduce r) {
        reduce(r);
      } else if (statement instanceof Stmt.Scan c) {
        scan(c);
      }
    }
  }

  private void serial(Stmt.Serial s) {
    for (Stmt.Carried carried : s.carried()) {
      declare(carried.var(), exprs.of(carried.init()));
    }
    loop(s.index(), exprs.of(s.extent()));
    block(s.body());
    List<Expr> values = s.carried().stream().map(Stmt.Carried::next).toList();
    assign(values, i -> CExpr.variable(s.carried().get(i).var()));
    close();
  }

  private void reduce(Stmt.Reduce r) {
    int id = next++;
    int width = r.results().size();
    for (int i = 0; i < width; i++) {
      declare(r.results().get(i), exprs.of(r.identity().get(i)));
    }
    IntFunction<String> lanes = i -> "lanes" + id + "_" + i;
    IntFunction<String> lane = i -> lanes.apply(i) + "[lane]";
    IntFunction<String> result = i -> CExpr.variable(r.results().get(i));
    String index = CExpr.variable(r.index());
    open("");
    line("const long long extent = %s;", exprs.of(r.extent()));
    for (int i = 0; i < width; i++) {
      String type = CExpr.value(r.results().get(i).type());
      line("%s %s[%d];", type, lanes.apply(i), Kernel.LANES);
    }
    open("for (long long start = 0; start < extent; start += " + Kernel.BLOCK + ")");
    open("for (int lane = 0; lane < " + Kernel.LANES + "; lane++)");
    for (int i = 0; i < width; i++) {
      line("%s = %s;", lane.apply(i), exprs.of(r.identity().get(i)));
    }
    close();
    line(
        "const long long stop = start + %d < extent ? start + %d : extent;",
        Kernel.BLOCK, Kernel.BLOCK);
    open("for (long long " + index + " = start; " + index + " < stop; " + index + "++)");
    line("const int lane = (int)(%s %% %d);", index, Kernel.LANES);
    block(r.body());
    combine(r.combine(), lane, i -> exprs.of(r.values().get(i)), lane);
    close();
    open("for (int half = " + Kernel.LANES / 2 + "; half > 0; half /= 2)");
    open("for (int lane = 0; lane < half; lane++)");
    combine(r.combine(), lane, i -> lanes.apply(i) + "[lane + half]", lane);
    close();
    close();
    open("if (start == 0)");
    for (int i = 0; i < width; i++) {
      line("%s = %s[0];", result.apply(i), lanes.apply(i));
    }
    close();
    open("else");
    combine(r.combine(), result, i -> lanes.apply(i) + "[0]", result);
    close();
    close();
    close();
  }

  private void scan(Stmt.Scan c) {
    int id = next++;
    int width = c.results().size();
    IntFunction<String> lanes = i -> "lanes" + id + "_" + i;
    IntFunction<String> lane = i -> lanes.apply(i) + "[lane]";
    IntFunction<String> carried = i -> "carried" + id + "_" + i;
    String index = "const long long " + CExpr.variable(c.index()) + " = start + lane;";
    open("");
    line("const long long extent = %s;", exprs.of(c.extent()));
    for (int i = 0; i < width; i++) {
      String type = CExpr.value(c.results().get(i).type());
      line("%s %s = %s;", type, carried.apply(i), exprs.of(c.identity().get(i)));
      line("%s %s[%d];", type, lanes.apply(i), c.lanes());
    }
    open("for (long long start = 0; start < extent; start += " + c.lanes() + ")");
    line(
        "const int count = extent - start < %d ? (int)(extent - start) : %d;",
        c.lanes(), c.lanes());
    open("for (int lane = 0; lane < count; lane++)");
    line("%s", index);
    block(c.body());
    assign(c.values(), lane);
    close();
    open("for (int apart = 1; apart < " + c.lanes() + "; apart *= 2)");
    open("for (int lane = count - 1; lane >= apart; lane--)");
    combine(c.combine(), i -> lanes.apply(i) + "[lane - apart]", lane, lane);
    close();
    close();
    open("for (int lane = 0; lane < count; lane++)");
    line("%s", index);
    combine(c.combine(), carried, lane, lane);
    for (int i = 0; i < width; i++) {
      declare(c.results().get(i), lane.apply(i));
    }
    block(c.then());
    close();
    for (int i = 0; i < width; i++) {
      line("%s = %s[count - 1];", carried.apply(i), lanes.apply(i));
    }
    close();
    close();
  }

  private void combine(
      Stmt.Combine combine,
      IntFunction<String> left,
      IntFunction<String> right,
      IntFunction<String> out) {
    for (int i = 0; i < combine.left().size(); i++) {
      declare(combine.left().get(i), left.apply(i));
      declare(combine.right().get(i), right.apply(i));
    }
    block(combine.body());
    assign(combine.out(), out);
  }

  /** Evaluates all values, then assigns them. */
  private void assign(List<Expr> values, IntFunction<String> targets) {
    List<String> fresh = new ArrayList<>();
    for (Expr value : values) {
      fresh.add("next" + next++);
      line(
          "const %s %s = %s;",
          CExpr.value(value.type()), fresh.get(fresh.size() - 1), exprs.of(value));
    }
    for (int i = 0; i < fresh.size(); i++) {
      line("%s = %s;", targets.apply(i), fresh.get(i));
    }
  }

  private void declare(Expr.Var variable, String value) {
    line("%s %s = %s;", CExpr.value(variable.type()), CExpr.variable(variable), value);
  }

  private void loop(Expr.Var index, String extent) {
    String i = CExpr.variable(index);
    String n = "extent" + next++;
    line("const long long %s = %s;", n, extent);
    open("for (long long " + i + " = 0; " + i + " < " + n + "; " + i + "++)");
  }

  private void open(String head) {
    line("%s", head.isEmpty() ? "{" : head + " {");
    indent++;
  }

  private void close() {
    indent--;
    line("}");
  }

  private void line(String format, Object... values) {
    text.append("  ".repeat(indent)).append(String.format(format, values)).append('\n');
  }
}
