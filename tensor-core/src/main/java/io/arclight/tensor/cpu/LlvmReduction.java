package io.arclight.tensor.cpu;

import static io.arclight.tensor.ir.Kernel.BLOCK;
import static io.arclight.tensor.ir.Kernel.LANES;
import static java.util.stream.Collectors.joining;

import io.arclight.tensor.cpu.LlvmBuilder.Carried;
import io.arclight.tensor.cpu.LlvmBuilder.Turn;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Emits reductions in the layout of {@link Stmt.Reduce}: with its lanes as one vector where the
 * reduction stands alone, and with its lanes in memory, each a vector, inside a vector loop.
 */
final class LlvmReduction {
  private final LlvmReader reader;
  private final LlvmBuilder out;
  private final LlvmExprs exprs;
  private final LlvmTuples tuples;
  private final VectorPlan.Masking masking;

  LlvmReduction(LlvmReader reader, LlvmBuilder out, LlvmExprs exprs, VectorPlan.Masking masking) {
    this.reader = reader;
    this.out = out;
    this.exprs = exprs;
    this.tuples = new LlvmTuples(reader, out, exprs);
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
            tuples.carried(reduce.combine(), width, identity),
            turn -> {
              String limit = out.effect("add i64 {}, {}", turn.index(), BLOCK);
              String end = out.effect("call i64 @llvm.smin.i64(i64 {}, i64 {})", limit, extent);
              List<String> block =
                  width == 1
                      ? block(reduce, turn.index(), end)
                      : wideBlock(reduce, turn.index(), end);
              List<String> total = tuples.combine(reduce.combine(), turn.carried(), block);
              String first = out.effect("icmp eq i64 {}, 0", turn.index());
              return tuples.select(reduce.combine(), "i1 " + first, block, total);
            });
    tuples.bind(reduce.results(), blocks.carried());
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
            tuples.carried(reduce.combine(), LANES, identity),
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
      List<String> left =
          tuples.indices(reduce.combine()).map(i -> part(reduce, i, all.get(i), width, 0)).toList();
      List<String> right =
          tuples
              .indices(reduce.combine())
              .map(i -> part(reduce, i, all.get(i), width, width))
              .toList();
      lanes = tuples.combine(reduce.combine(), left, right);
    }
    return lanes;
  }

  /** Folds what is left after the last whole vector into its lanes. */
  private List<String> tail(Stmt.Reduce reduce, Turn main, String end) {
    String any = out.effect("icmp slt i64 {}, {}", main.index(), end);
    List<Carried> lanes = tuples.carried(reduce.combine(), LANES, main.carried());
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
    return tuples.select(reduce.combine(), "<" + LANES + " x i1> " + mask, next, main.carried());
  }

  /** Element by element, while the lanes wait on the stack. */
  private List<String> scalarTail(Stmt.Reduce reduce, Turn main, String end) {
    List<String> stacks = tuples.stacks(reduce.combine(), LANES);
    tuples.spill(reduce.combine(), stacks, "0", main.carried());
    exprs.lanes(1);
    loopOnStack(reduce, stacks, main.index(), end);
    exprs.lanes(LANES);
    return tuples.reload(reduce.combine(), stacks, "0");
  }

  /** One block inside a vector loop; gives the folded tuple of each of the loop's lanes. */
  private List<String> wideBlock(Stmt.Reduce reduce, String begin, String end) {
    List<String> stacks = tuples.stacks(reduce.combine(), LANES * exprs.lanes());
    out.loop(
        "0",
        Integer.toString(LANES),
        1,
        List.of(),
        turn -> {
          tuples.spill(reduce.combine(), stacks, turn.index(), exprs.vectors(reduce.identity()));
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
            List<String> left = tuples.reload(reduce.combine(), stacks, turn.index());
            tuples.spill(
                reduce.combine(),
                stacks,
                turn.index(),
                tuples.combine(
                    reduce.combine(), left, tuples.reload(reduce.combine(), stacks, other)));
            return List.of();
          });
    }
    return tuples.reload(reduce.combine(), stacks, "0");
  }

  private void loopOnStack(Stmt.Reduce reduce, List<String> stacks, String begin, String end) {
    out.loop(
        begin,
        end,
        1,
        List.of(),
        turn -> {
          String lane = out.effect("and i64 {}, {}", turn.index(), (LANES - 1));
          List<String> folded = tuples.reload(reduce.combine(), stacks, lane);
          LlvmValue index = LlvmValue.uniform(Type.I64, turn.index());
          tuples.spill(reduce.combine(), stacks, lane, step(reduce, index, folded));
          return List.of();
        });
  }

  /** Folds the elements at {@code index} into {@code folded}. */
  private List<String> step(Stmt.Reduce reduce, LlvmValue index, List<String> folded) {
    exprs.bind(reduce.index(), index);
    exprs.newStatement();
    reader.statements(reduce.body());
    return tuples.combine(reduce.combine(), folded, exprs.vectors(reduce.values()));
  }

  /** {@code width} lanes of a vector of twice as many, from lane {@code from} on. */
  private String part(Stmt.Reduce reduce, int item, String vector, int width, int from) {
    String type = LlvmBuilder.type(tuples.type(reduce.combine(), item), 2 * width);
    if (width == 1) {
      return out.pure("extractelement {} {}, i64 {}", type, vector, from);
    }
    String lanes =
        IntStream.range(from, from + width).mapToObj(i -> "i32 " + i).collect(joining(", "));
    return out.pure(
        "shufflevector {} {}, {} poison, <{} x i32> <{}>", type, vector, type, width, lanes);
  }
}
