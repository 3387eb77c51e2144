package io.arclight.tensor.cpu;

import static io.arclight.tensor.ir.Kernel.BLOCK;
import static io.arclight.tensor.ir.Kernel.LANES;
import static java.util.stream.Collectors.joining;

import io.arclight.tensor.cpu.LlvmBuilder.Carried;
import io.arclight.tensor.cpu.LlvmBuilder.Turn;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Emits reductions in the layout of {@link Stmt.Reduce}: with its lanes as one vector where the
 * reduction stands alone, and with its lanes in memory, each a vector, inside a vector loop.
 */
final class LlvmReduction {
  private final LlvmReader reader;
  private final LlvmBuilder out;
  private final LlvmExprs exprs;
  private final VectorPlan.Masking masking;

  LlvmReduction(LlvmReader reader, LlvmBuilder out, LlvmExprs exprs, VectorPlan.Masking masking) {
    this.reader = reader;
    this.out = out;
    this.exprs = exprs;
    this.masking = masking;
  }

  void emit(Stmt.Reduce reduce) {
    int width = exprs.lanes();
    String extent = reader.uniform(reduce.extent());
    List<String> identity = exprs.vectors(reduce.identity());
    Turn blocks =
        out.loop(
            "0",
            extent,
            BLOCK,
            carried(reduce, width, identity),
            turn -> {
              String limit = out.effect("add i64 {}, {}", turn.index(), BLOCK);
              String end = out.effect("call i64 @llvm.smin.i64(i64 {}, i64 {})", limit, extent);
              List<String> block =
                  width == 1
                      ? block(reduce, turn.index(), end)
                      : wideBlock(reduce, turn.index(), end);
              List<String> total = combine(reduce, turn.carried(), block);
              String first = out.effect("icmp eq i64 {}, 0", turn.index());
              return selectAll(reduce, width, "i1 " + first, block, total);
            });
    bind(reduce.results(), blocks.carried());
    exprs.newStatement();
  }

  /** One block, its lanes in registers; gives its folded tuple. */
  private List<String> block(Stmt.Reduce reduce, String begin, String end) {
    exprs.lanes(LANES);
    List<String> identity = exprs.vectors(reduce.identity());
    String count = out.effect("sub i64 {}, {}", end, begin);
    String whole = out.effect("and i64 {}, {}", count, -LANES);
    String wholeEnd = out.effect("add i64 {}, {}", begin, whole);
    Turn main =
        out.loop(
            begin,
            wholeEnd,
            LANES,
            carried(reduce, LANES, identity),
            turn -> {
              exprs.ahead("%ahead");
              try {
                return step(reduce, LlvmValue.linear(LANES, turn.index(), "1"), turn.carried());
              } finally {
                exprs.ahead(null);
              }
            });
    List<String> lanes = tail(reduce, main, end);
    for (int half = LANES / 2; half > 0; half /= 2) {
      int width = half;
      exprs.lanes(width);
      List<String> all = lanes;
      List<String> left = indices(reduce).map(i -> part(reduce, i, all.get(i), width, 0)).toList();
      List<String> right =
          indices(reduce).map(i -> part(reduce, i, all.get(i), width, width)).toList();
      lanes = combine(reduce, left, right);
    }
    return lanes;
  }

  /** Folds what is left after the last whole vector into its lanes. */
  private List<String> tail(Stmt.Reduce reduce, Turn main, String end) {
    String any = out.effect("icmp slt i64 {}, {}", main.index(), end);
    List<Carried> lanes = carried(reduce, LANES, main.carried());
    List<List<String>> folded = new ArrayList<>();
    boolean masked =
        reader.attempt(() -> folded.add(out.when(any, lanes, () -> maskedTail(reduce, main, end))));
    return masked ? folded.get(0) : out.when(any, lanes, () -> scalarTail(reduce, main, end));
  }

  private List<String> maskedTail(Stmt.Reduce reduce, Turn main, String end) {
    LlvmValue index = LlvmValue.linear(LANES, main.index(), "1");
    exprs.bind(reduce.index(), index);
    String mask = exprs.maskFrom(reduce.index(), end, masking);
    List<String> next = step(reduce, index, main.carried());
    exprs.noMask();
    return selectAll(reduce, LANES, "<" + LANES + " x i1> " + mask, next, main.carried());
  }

  /** Element by element, while the lanes wait on the stack. */
  private List<String> scalarTail(Stmt.Reduce reduce, Turn main, String end) {
    List<String> stacks = stacks(reduce, LANES);
    spill(reduce, stacks, "0", main.carried());
    exprs.lanes(1);
    loopOnStack(reduce, stacks, main.index(), end);
    exprs.lanes(LANES);
    return reload(reduce, stacks, "0");
  }

  /** One block inside a vector loop; gives the folded tuple of each of the loop's lanes. */
  private List<String> wideBlock(Stmt.Reduce reduce, String begin, String end) {
    List<String> stacks = stacks(reduce, LANES * exprs.lanes());
    out.loop(
        "0",
        Integer.toString(LANES),
        1,
        List.of(),
        turn -> {
          spill(reduce, stacks, turn.index(), exprs.vectors(reduce.identity()));
          return List.of();
        });
    loopOnStack(reduce, stacks, begin, end);
    for (int half = LANES / 2; half > 0; half /= 2) {
      int distance = half;
      out.loop(
          "0",
          Integer.toString(half),
          1,
          List.of(),
          turn -> {
            String other = out.effect("add i64 {}, {}", turn.index(), distance);
            List<String> left = reload(reduce, stacks, turn.index());
            spill(
                reduce, stacks, turn.index(), combine(reduce, left, reload(reduce, stacks, other)));
            return List.of();
          });
    }
    return reload(reduce, stacks, "0");
  }

  private void loopOnStack(Stmt.Reduce reduce, List<String> stacks, String begin, String end) {
    out.loop(
        begin,
        end,
        1,
        List.of(),
        turn -> {
          String lane = out.effect("and i64 {}, {}", turn.index(), (LANES - 1));
          List<String> folded = reload(reduce, stacks, lane);
          LlvmValue index = LlvmValue.uniform(Type.I64, turn.index());
          spill(reduce, stacks, lane, step(reduce, index, folded));
          return List.of();
        });
  }

  /** Folds the elements at {@code index} into {@code folded}. */
  private List<String> step(Stmt.Reduce reduce, LlvmValue index, List<String> folded) {
    exprs.bind(reduce.index(), index);
    exprs.newStatement();
    reader.statements(reduce.body());
    return combine(reduce, folded, exprs.vectors(reduce.values()));
  }

  private List<String> combine(Stmt.Reduce reduce, List<String> left, List<String> right) {
    bind(reduce.combine().left(), left);
    bind(reduce.combine().right(), right);
    exprs.newStatement();
    reader.statements(reduce.combine().body());
    List<String> combined = exprs.vectors(reduce.combine().out());
    exprs.newStatement();
    return combined;
  }

  private void bind(List<Expr.Var> variables, List<String> values) {
    for (int i = 0; i < variables.size(); i++) {
      Expr.Var variable = variables.get(i);
      exprs.bind(variable, LlvmValue.vector(variable.type(), exprs.lanes(), values.get(i)));
    }
  }

  private List<String> selectAll(
      Stmt.Reduce reduce, int width, String condition, List<String> then, List<String> otherwise) {
    return indices(reduce)
        .map(
            i -> {
              String type = LlvmBuilder.type(type(reduce, i), width);
              return out.pure(
                  "select {}, {} {}, {} {}", condition, type, then.get(i), type, otherwise.get(i));
            })
        .toList();
  }

  /** {@code width} lanes of a vector of twice as many, from lane {@code from} on. */
  private String part(Stmt.Reduce reduce, int item, String vector, int width, int from) {
    String type = LlvmBuilder.type(type(reduce, item), 2 * width);
    if (width == 1) {
      return out.pure("extractelement {} {}, i64 {}", type, vector, from);
    }
    String lanes =
        IntStream.range(from, from + width).mapToObj(i -> "i32 " + i).collect(joining(", "));
    return out.pure(
        "shufflevector {} {}, {} poison, <{} x i32> <{}>", type, vector, type, width, lanes);
  }

  private List<Carried> carried(Stmt.Reduce reduce, int width, List<String> values) {
    List<Carried> carried = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      carried.add(new Carried(LlvmBuilder.type(type(reduce, i), width), values.get(i)));
    }
    return carried;
  }

  private List<String> stacks(Stmt.Reduce reduce, int elements) {
    return indices(reduce)
        .map(i -> out.stack(LlvmBuilder.memoryType(type(reduce, i), 1), elements))
        .toList();
  }

  private void spill(Stmt.Reduce reduce, List<String> stacks, String lane, List<String> values) {
    for (int i = 0; i < values.size(); i++) {
      exprs.spill(type(reduce, i), stacks.get(i), lane, values.get(i));
    }
  }

  private List<String> reload(Stmt.Reduce reduce, List<String> stacks, String lane) {
    return indices(reduce).map(i -> exprs.reload(type(reduce, i), stacks.get(i), lane)).toList();
  }

  private static Type type(Stmt.Reduce reduce, int item) {
    return reduce.results().get(item).type();
  }

  private static Stream<Integer> indices(Stmt.Reduce reduce) {
    return IntStream.range(0, reduce.results().size()).boxed();
  }
}
