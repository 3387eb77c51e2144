package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.load;
import static io.arclight.tensor.ir.Exprs.mul;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** Builds kernels whose rows are runs of elements, statement by statement. */
final class RowKernel {
  final Expr.Var row = new Expr.Var("row", Type.I64);
  private final String name;
  private final List<Kernel.Buffer> buffers = new ArrayList<>();
  private final List<Type> params = new ArrayList<>();
  private List<Stmt> body = new ArrayList<>();
  private int names;

  RowKernel(String name) {
    this.name = name;
  }

  int reads(DType dtype) {
    return buffer(dtype, Kernel.Access.READ);
  }

  int writes(DType dtype) {
    return buffer(dtype, Kernel.Access.WRITE);
  }

  int updates(DType dtype) {
    return buffer(dtype, Kernel.Access.READ_WRITE);
  }

  private int buffer(DType dtype, Kernel.Access access) {
    buffers.add(new Kernel.Buffer(dtype.type(), access));
    return buffers.size() - 1;
  }

  Expr.Param param(Type type) {
    params.add(type);
    return new Expr.Param(params.size() - 1, type);
  }

  Expr.Var fresh(String stem, Type type) {
    return new Expr.Var(stem + names++, type);
  }

  Expr.Var let(String stem, Expr value) {
    Expr.Var v = fresh(stem, value.type());
    body.add(new Stmt.Let(v, value));
    return v;
  }

  void add(Stmt statement) {
    body.add(statement);
  }

  /** The statements that {@code code} adds, as a list of their own, such as a loop's body. */
  List<Stmt> block(Runnable code) {
    List<Stmt> outer = body;
    body = new ArrayList<>();
    try {
      code.run();
      return body;
    } finally {
      body = outer;
    }
  }

  /** The type that elements of {@code buffer} compute in. */
  Type type(int buffer) {
    return buffers.get(buffer).type().value();
  }

  /** {@code buffer[index]} as {@code type}. */
  Expr at(int buffer, Expr index, Type type) {
    return cast(type, load(buffer, index, type(buffer)));
  }

  Stmt.Store store(int buffer, Expr index, Expr value) {
    return new Stmt.Store(buffer, index, cast(type(buffer), value));
  }

  /** Folds {@code value(i)} for i below {@code extent}. */
  Expr.Var reduce(
      String stem,
      Expr extent,
      Expr identity,
      Function<Expr, Expr> value,
      BinaryOperator<Expr> combine) {
    Expr.Var i = fresh("i", Type.I64);
    Expr.Var out = fresh(stem, identity.type());
    Expr.Var left = fresh("a", identity.type());
    Expr.Var right = fresh("b", identity.type());
    body.add(
        new Stmt.Reduce(
            i,
            extent,
            List.of(),
            List.of(value.apply(i)),
            List.of(out),
            List.of(identity),
            new Stmt.Combine(List.of(left), List.of(right), List.of(combine.apply(left, right)))));
    return out;
  }

  /** Stores {@code value(i)} at {@code buffer[base + i]} for i below {@code extent}. */
  void map(int buffer, Expr base, Expr extent, Function<Expr, Expr> value) {
    Expr.Var i = fresh("i", Type.I64);
    body.add(
        new Stmt.Vector(i, extent, List.of(store(buffer, Exprs.add(base, i), value.apply(i)))));
  }

  /** {@code row * n}, named. */
  Expr.Var base(Expr n) {
    return let("base", mul(row, n));
  }

  Executable build() {
    return new Executable(new Kernel(name, buffers, params, row, false, body));
  }

  /** As {@link #build()}, where each row is one element of a vector. */
  Executable buildFlat() {
    return new Executable(new Kernel(name, buffers, params, row, true, body));
  }
}
