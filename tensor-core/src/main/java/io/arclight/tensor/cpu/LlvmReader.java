package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.Expand;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a kernel as LLVM IR, with vectors written out: the function {@code void symbol(ptr args,
 * i64 begin, i64 end)}, which gives the bits that the interpreter gives.
 */
final class LlvmReader {
  /**
   * Bytes that reductions fetch ahead: a fourth to a third of the time of a large one on Zen 5,
   * where short rows fill the window in which the processor looks ahead itself.
   */
  private static final int AHEAD = 8192;

  /** The same for each row of the call, so that little work does not look far beyond its memory. */
  private static final int AHEAD_OF_A_ROW = 16;

  private final Kernel kernel;
  private final VectorPlan plan;
  private final LlvmBuilder out = new LlvmBuilder();
  private final LlvmExprs exprs;
  private final LlvmReduction reduction;
  private final LlvmScan scan;

  private LlvmReader(Kernel kernel, VectorPlan plan) {
    this.kernel = kernel;
    this.plan = plan;
    this.exprs = new LlvmExprs(out, kernel);
    this.reduction = new LlvmReduction(this, out, exprs, plan.masking());
    this.scan = new LlvmScan(this, out, exprs, plan.masking());
  }

  /** Thrown where a loop cannot be a vector, or not one with lanes switched off. */
  static final class NotVectorException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotVectorException(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * The module's text.
   *
   * @param plan what vectors the processor has
   * @throws IllegalArgumentException if the kernel is ill-typed
   */
  static String read(Kernel kernel, String symbol, VectorPlan plan) {
    return new LlvmReader(Expand.expand(kernel, plan.halves()), plan).module(symbol);
  }

  private String module(String symbol) {
    arguments();
    rows();
    out.emit("ret void");
    StringBuilder module = new StringBuilder();
    module.append(
        "define void @%s(ptr %%args, i64 %%begin, i64 %%end) nounwind {\n".formatted(symbol));
    module.append(out.body()).append("}\n");
    if (exprs.hasChecks()) {
      module.append(REPORT);
    }
    return module.toString();
  }

  private static final String REPORT =
      """
      define internal void @report(ptr %slot, i64 %code, i64 %row, i64 %value) cold noinline nounwind {
        %was = cmpxchg ptr %slot, i64 0, i64 %code acq_rel acquire
        %first = extractvalue { i64, i1 } %was, 1
        br i1 %first, label %write, label %done
      write:
        %p1 = getelementptr i64, ptr %slot, i64 1
        store i64 %row, ptr %p1
        %p2 = getelementptr i64, ptr %slot, i64 2
        store i64 %value, ptr %p2
        br label %done
      done:
        ret void
      }
      !0 = !{!"branch_weights", i32 1, i32 1048576}
      """;

  private void arguments() {
    int slot = 0;
    for (int i = 0; i < kernel.buffers().size(); i++) {
      argument("%b" + i, "ptr", slot++);
    }
    for (int i = 0; i < kernel.params().size(); i++) {
      Type type = kernel.params().get(i);
      if (type == Type.BOOL) {
        argument("%w" + i, "i64", slot++);
        out.emit("%p{} = icmp ne i64 %w{}, 0", i, i);
      } else {
        argument("%p" + i, LlvmBuilder.type(type, 1), slot++);
      }
    }
    argument("%error", "ptr", slot);
    out.emit("%rows = sub i64 %end, %begin");
    out.emit("%few = mul i64 %rows, {}", AHEAD_OF_A_ROW);
    out.emit("%ahead = call i64 @llvm.umin.i64(i64 %few, i64 {})", AHEAD);
  }

  private void argument(String register, String type, int slot) {
    String address = out.pure("getelementptr i64, ptr %args, i64 {}", slot);
    out.emit("{} = load {}, ptr {}, align 8", register, type, address);
  }

  private void rows() {
    if (kernel.vectorRows()) {
      vectorLoop(kernel.row(), "%begin", "%end", kernel.body(), plan.lanes(kernel.body()));
    } else {
      serialLoop(kernel.row(), "%begin", "%end", kernel.body());
    }
  }

  void statements(List<? extends Stmt> statements) {
    for (Stmt statement : statements) {
      exprs.newStatement();
      statement(statement);
    }
    exprs.newStatement();
  }

  private void statement(Stmt statement) {
    if (statement instanceof Stmt.Let let) {
      exprs.bind(let.var(), exprs.value(let.value()));
    } else if (statement instanceof Stmt.Store store) {
      exprs.store(store.buffer(), exprs.value(store.index()), exprs.value(store.value()));
    } else if (statement instanceof Stmt.Vector vector) {
      String extent = uniform(vector.extent());
      if (exprs.lanes() == 1 && VectorPlan.vectorises(vector)) {
        vectorLoop(vector.index(), "0", extent, vector.body(), plan.lanes(vector));
      } else {
        serialLoop(vector.index(), "0", extent, vector.body());
      }
    } else if (statement instanceof Stmt.Serial serial) {
      serial(serial, new boolean[serial.carried().size()]);
    } else if (statement instanceof Stmt.Reduce reduce) {
      reduction.emit(reduce);
    } else if (statement instanceof Stmt.Scan s) {
      scan.emit(s);
    } else {
      throw new IllegalArgumentException("unknown statement " + statement);
    }
  }

  /** A value that must be the same in all lanes. */
  String uniform(Expr e) {
    LlvmValue value = exprs.value(e);
    if (!value.isUniform()) {
      throw new NotVectorException("lanes diverge");
    }
    return value.text();
  }

  /** Whole vectors first; what is left as vectors with lanes switched off, or else one by one. */
  private void vectorLoop(Expr.Var index, String begin, String end, List<Stmt> body, int lanes) {
    if (VectorPlan.onlyPicks(body)) {
      serialLoop(index, begin, end, body);
      return;
    }
    String[] rest = {begin};
    boolean whole = attempt(() -> rest[0] = wholeVectors(index, begin, end, body, lanes));
    int few = plan.fewestLanes(body);
    if (!whole || !attempt(() -> maskedVectors(index, rest[0], end, body, few))) {
      exprs.lanes(1);
      serialLoop(index, rest[0], end, body);
    }
    exprs.lanes(1);
  }

  private String wholeVectors(
      Expr.Var index, String begin, String end, List<Stmt> body, int lanes) {
    exprs.lanes(lanes);
    String count = out.effect("sub i64 {}, {}", end, begin);
    String whole = out.effect("and i64 {}, {}", count, -lanes);
    String wholeEnd = out.effect("add i64 {}, {}", begin, whole);
    return loop(index, begin, wholeEnd, lanes, () -> statements(body));
  }

  private void maskedVectors(Expr.Var index, String begin, String end, List<Stmt> body, int lanes) {
    exprs.lanes(lanes);
    loop(
        index,
        begin,
        end,
        lanes,
        () -> {
          exprs.maskFrom(index, end, plan.masking());
          statements(body);
        });
  }

  /** Whether {@code emit} could be done in vectors; if not, nothing is emitted. */
  boolean attempt(Runnable emit) {
    LlvmBuilder.Mark mark = out.mark();
    try {
      emit.run();
      out.keep(mark);
      return true;
    } catch (NotVectorException e) {
      out.rollBack(mark);
      return false;
    } finally {
      exprs.noMask();
    }
  }

  /** Returns the index after the loop. */
  private String loop(Expr.Var index, String begin, String end, int step, Runnable body) {
    LlvmBuilder.Turn last =
        out.loop(
            begin,
            end,
            step,
            List.of(),
            turn -> {
              exprs.bind(index, LlvmValue.linear(step, turn.index(), "1"));
              body.run();
              return List.of();
            });
    exprs.newStatement();
    return last.index();
  }

  private void serialLoop(Expr.Var index, String begin, String end, List<Stmt> body) {
    out.loop(
        begin,
        end,
        1,
        List.of(),
        turn -> {
          exprs.bind(index, LlvmValue.uniform(Type.I64, turn.index()));
          statements(body);
          return List.of();
        });
    exprs.newStatement();
  }

  /**
   * A carried value is taken for uniform until its next value turns out not to be; then all is
   * emitted again with that one as a vector.
   */
  private void serial(Stmt.Serial serial, boolean[] varies) {
    LlvmBuilder.Mark mark = out.mark();
    boolean[] found = varies.clone();
    String extent = uniform(serial.extent());
    List<LlvmBuilder.Carried> carried = new ArrayList<>();
    for (int i = 0; i < varies.length; i++) {
      LlvmValue init = exprs.value(serial.carried().get(i).init());
      found[i] |= !init.isUniform();
      String type = LlvmBuilder.type(init.type(), varies[i] ? exprs.lanes() : 1);
      carried.add(new LlvmBuilder.Carried(type, varies[i] ? exprs.vector(init) : init.text()));
    }
    LlvmBuilder.Turn last =
        out.loop(
            "0",
            extent,
            1,
            carried,
            turn -> {
              exprs.bind(serial.index(), LlvmValue.uniform(Type.I64, turn.index()));
              bind(serial, varies, turn.carried());
              statements(serial.body());
              List<LlvmValue> nexts =
                  serial.carried().stream().map(c -> exprs.value(c.next())).toList();
              List<String> texts = new ArrayList<>();
              for (int i = 0; i < varies.length; i++) {
                found[i] |= !nexts.get(i).isUniform();
                texts.add(varies[i] ? exprs.vector(nexts.get(i)) : nexts.get(i).text());
              }
              return texts;
            });
    exprs.newStatement();
    if (Arrays.equals(found, varies)) {
      out.keep(mark);
      bind(serial, varies, last.carried());
    } else {
      out.rollBack(mark);
      serial(serial, found);
    }
  }

  private void bind(Stmt.Serial serial, boolean[] varies, List<String> registers) {
    for (int i = 0; i < varies.length; i++) {
      Expr.Var variable = serial.carried().get(i).var();
      int lanes = varies[i] ? exprs.lanes() : 1;
      exprs.bind(variable, LlvmValue.vector(variable.type(), lanes, registers.get(i)));
    }
  }
}
