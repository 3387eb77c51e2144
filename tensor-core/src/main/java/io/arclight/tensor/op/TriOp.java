package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Triangle;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Matrices with zeros above or below a diagonal: [..., m, n]. */
public record TriOp(Triangle part, long diagonal) implements MatrixOp {
  /**
   * @param width numbers of an element: 2 where it is complex
   */
  private record Key(DType dtype, int width, Triangle part) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return part == Triangle.LOWER ? "TRIL" : "TRIU";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Matrices.require(name().toLowerCase(java.util.Locale.ROOT), in[0]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    if (out.elements() > 0) {
      Tensor x = RowOps.rowsLast(in[0], -1);
      int width = out.dtype().isComplex() ? 2 : 1;
      long n = width * out.dim(-1);
      KERNELS
          .computeIfAbsent(new Key(out.dtype().toReal(), width, part), TriOp::build)
          .launch(
              name(),
              width * out.elements() / n,
              n,
              new Tensor[] {x, out},
              new long[] {n, out.dim(-2), diagonal},
              null);
    }
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("tri");
    int x = k.reads(key.dtype);
    int y = k.writes(key.dtype);
    Expr n = k.param(Type.I64);
    Expr m = k.param(Type.I64);
    Expr diagonal = k.param(Type.I64);
    Expr base = k.base(n);
    Expr last = k.let("last", add(rem(k.row, m), diagonal));
    Type type = k.type(x);
    k.map(
        y,
        base,
        n,
        j -> {
          Expr column = key.width == 1 ? j : shr(j, int64(1));
          return select(
              key.part == Triangle.LOWER ? le(column, last) : ge(column, last),
              k.at(x, add(base, j), type),
              constant(type, 0));
        });
    return k.build();
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return Tensor.applyAll(this, grads);
  }

  static List<OpInfo> infos() {
    List<OpInfo> out = new ArrayList<>();
    for (Triangle part : Triangle.values()) {
      String name = part == Triangle.LOWER ? "tril" : "triu";
      out.add(
          new OpInfo(
              name,
              andComplex(ALL),
              in ->
                  List.of(
                      Sample.of(new TriOp(part, 0), in.any(3, 4)).peer("torch." + name + "(x0)"),
                      Sample.of(new TriOp(part, 1), in.transposed(4, 3))
                          .peer("torch." + name + "(x0, 1)"),
                      Sample.of(new TriOp(part, -2), in.any(2, 3, 3))
                          .peer("torch." + name + "(x0, -2)"),
                      Sample.of(new TriOp(part, 9), in.any(2, 2)).peer("torch." + name + "(x0, 9)"),
                      Sample.of(new TriOp(part, 0), in.any(0, 3)).peer("torch." + name + "(x0)")),
              in ->
                  List.of(
                      ErrorSample.of(
                          new TriOp(part, 0), ShapeException.class, "needs a matrix", in.any(3)))));
    }
    return out;
  }
}
