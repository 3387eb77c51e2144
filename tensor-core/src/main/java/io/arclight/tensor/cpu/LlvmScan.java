package io.arclight.tensor.cpu;

import static java.util.stream.Collectors.joining;

import io.arclight.tensor.cpu.LlvmBuilder.Turn;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.stream.IntStream;

/** Emits scans in the layout of {@link Stmt.Scan}, a group as one vector. */
final class LlvmScan {
  private final LlvmReader reader;
  private final LlvmBuilder out;
  private final LlvmExprs exprs;
  private final LlvmTuples tuples;
  private final VectorPlan.Masking masking;

  LlvmScan(LlvmReader reader, LlvmBuilder out, LlvmExprs exprs, VectorPlan.Masking masking) {
    this.reader = reader;
    this.out = out;
    this.exprs = exprs;
    this.tuples = new LlvmTuples(reader, out, exprs);
    this.masking = masking;
  }

  void emit(Stmt.Scan scan) {
    if (exprs.lanes() > 1) {
      throw new LlvmReader.NotVectorException("a scan is a vector itself");
    }
    int width = scan.lanes();
    String extent = reader.uniform(scan.extent());
    exprs.lanes(width);
    List<String> identity = exprs.vectors(scan.identity());
    String whole = out.effect("and i64 {}, {}", extent, -width);
    Turn groups =
        out.loop(
            "0",
            whole,
            width,
            tuples.carried(scan.combine(), width, identity),
            turn -> {
              exprs.bind(scan.index(), LlvmValue.linear(width, turn.index(), "1"));
              exprs.newStatement();
              List<String> group = group(scan, values(scan));
              // Not the last lane of the results, so that groups wait for as little as can be.
              List<String> last =
                  tuples.shuffle(
                      scan.combine(), group, IntStream.generate(() -> width - 1).limit(width));
              then(scan, tuples.combine(scan.combine(), turn.carried(), group));
              return tuples.combine(scan.combine(), turn.carried(), last);
            });
    exprs.newStatement();
    rest(scan, identity, groups, extent);
    exprs.lanes(1);
  }

  /** What is left after the last whole group. */
  private void rest(Stmt.Scan scan, List<String> identity, Turn groups, String extent) {
    String any = out.effect("icmp slt i64 {}, {}", groups.index(), extent);
    boolean masked =
        reader.attempt(
            () ->
                out.when(
                    any,
                    List.of(),
                    () -> {
                      exprs.lanes(scan.lanes());
                      exprs.bind(scan.index(), LlvmValue.linear(scan.lanes(), groups.index(), "1"));
                      exprs.maskFrom(scan.index(), extent, masking);
                      List<String> group = group(scan, values(scan));
                      then(scan, tuples.combine(scan.combine(), groups.carried(), group));
                      exprs.noMask();
                      return List.of();
                    }));
    if (!masked) {
      out.when(
          any,
          List.of(),
          () -> {
            onStack(scan, identity, groups, extent);
            return List.of();
          });
    }
  }

  /** The rest one by one, while the lanes wait on the stack. */
  private void onStack(Stmt.Scan scan, List<String> identity, Turn groups, String extent) {
    exprs.lanes(scan.lanes());
    List<String> stacks = tuples.stacks(scan.combine(), scan.lanes());
    tuples.spill(scan.combine(), stacks, "0", identity);
    oneByOne(
        scan, groups, extent, lane -> tuples.spill(scan.combine(), stacks, lane, values(scan)));
    List<String> group = group(scan, tuples.reload(scan.combine(), stacks, "0"));
    List<String> all = tuples.combine(scan.combine(), groups.carried(), group);
    tuples.spill(scan.combine(), stacks, "0", all);
    oneByOne(scan, groups, extent, lane -> then(scan, tuples.reload(scan.combine(), stacks, lane)));
  }

  private interface Place {
    void emit(String lane);
  }

  private void oneByOne(Stmt.Scan scan, Turn groups, String extent, Place place) {
    exprs.lanes(1);
    out.loop(
        groups.index(),
        extent,
        1,
        List.of(),
        turn -> {
          exprs.bind(scan.index(), LlvmValue.uniform(Type.I64, turn.index()));
          exprs.newStatement();
          place.emit(out.effect("sub i64 {}, {}", turn.index(), groups.index()));
          return List.of();
        });
    exprs.lanes(scan.lanes());
  }

  private List<String> values(Stmt.Scan scan) {
    reader.statements(scan.body());
    return exprs.vectors(scan.values());
  }

  /** Each lane with all before it. */
  private List<String> group(Stmt.Scan scan, List<String> values) {
    int width = scan.lanes();
    List<String> merged = values;
    for (int apart = 1; apart < width; apart *= 2) {
      int distance = apart;
      List<String> alone = merged;
      List<String> before =
          tuples.shuffle(
              scan.combine(),
              alone,
              IntStream.range(0, width).map(i -> i < distance ? i : i - distance));
      List<String> both = tuples.combine(scan.combine(), before, alone);
      merged = tuples.select(scan.combine(), behind(distance, width), both, alone);
    }
    return merged;
  }

  /** A mask of the lanes from {@code first} on. */
  private static String behind(int first, int width) {
    return IntStream.range(0, width)
        .mapToObj(i -> "i1 " + (i >= first))
        .collect(joining(", ", "<" + width + " x i1> <", ">"));
  }

  private void then(Stmt.Scan scan, List<String> results) {
    tuples.bind(scan.results(), results);
    exprs.newStatement();
    reader.statements(scan.then());
  }
}
