package io.arclight.tensor.cpu;

import io.arclight.tensor.cpu.LlvmBuilder.Carried;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Emits what is done with the tuples that a {@link Stmt.Combine} makes one of. */
final class LlvmTuples {
  private final LlvmReader reader;
  private final LlvmBuilder out;
  private final LlvmExprs exprs;

  LlvmTuples(LlvmReader reader, LlvmBuilder out, LlvmExprs exprs) {
    this.reader = reader;
    this.out = out;
    this.exprs = exprs;
  }

  Type type(Stmt.Combine combine, int item) {
    return combine.left().get(item).type();
  }

  Stream<Integer> indices(Stmt.Combine combine) {
    return IntStream.range(0, combine.left().size()).boxed();
  }

  List<String> combine(Stmt.Combine combine, List<String> left, List<String> right) {
    bind(combine.left(), left);
    bind(combine.right(), right);
    exprs.newStatement();
    reader.statements(combine.body());
    List<String> combined = exprs.vectors(combine.out());
    exprs.newStatement();
    return combined;
  }

  void bind(List<Expr.Var> variables, List<String> values) {
    for (int i = 0; i < variables.size(); i++) {
      Expr.Var variable = variables.get(i);
      exprs.bind(variable, LlvmValue.vector(variable.type(), exprs.lanes(), values.get(i)));
    }
  }

  List<Carried> carried(Stmt.Combine combine, int width, List<String> values) {
    return indices(combine)
        .map(i -> new Carried(LlvmBuilder.type(type(combine, i), width), values.get(i)))
        .toList();
  }

  List<String> stacks(Stmt.Combine combine, int elements) {
    return indices(combine)
        .map(i -> out.stack(LlvmBuilder.memoryType(type(combine, i), 1), elements))
        .toList();
  }

  void spill(Stmt.Combine combine, List<String> stacks, String lane, List<String> values) {
    for (int i = 0; i < values.size(); i++) {
      exprs.spill(type(combine, i), stacks.get(i), lane, values.get(i));
    }
  }

  List<String> reload(Stmt.Combine combine, List<String> stacks, String lane) {
    return indices(combine).map(i -> exprs.reload(type(combine, i), stacks.get(i), lane)).toList();
  }

  /** Vectors whose lanes are those at {@code places}. */
  List<String> shuffle(Stmt.Combine combine, List<String> vectors, IntStream places) {
    StringBuilder lanes = new StringBuilder("<");
    places.forEach(p -> lanes.append(lanes.length() == 1 ? "i32 " : ", i32 ").append(p));
    lanes.append('>');
    int width = exprs.lanes();
    return indices(combine)
        .map(
            i -> {
              String type = LlvmBuilder.type(type(combine, i), width);
              return out.pure(
                  "shufflevector {} {}, {} poison, <{} x i32> {}",
                  type,
                  vectors.get(i),
                  type,
                  width,
                  lanes);
            })
        .toList();
  }

  List<String> select(
      Stmt.Combine combine, String condition, List<String> then, List<String> otherwise) {
    return indices(combine)
        .map(
            i -> {
              String type = LlvmBuilder.type(type(combine, i), exprs.lanes());
              return out.pure(
                  "select {}, {} {}, {} {}", condition, type, then.get(i), type, otherwise.get(i));
            })
        .toList();
  }
}
