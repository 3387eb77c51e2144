package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Running sums along a dimension; integers and bools give int64. */
public record CumSumOp(int dim, Direction direction) implements Op {

  /** From which end the sum runs. */
  public enum Direction {
    FORWARD,
    REVERSE
  }

  private record Key(DType in, DType out, Direction direction) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  public CumSumOp(int dim) {
    this(dim, Direction.FORWARD);
  }

  @Override
  public String name() {
    return "CUMSUM";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    if (x.rank() > 0) {
      x.shape().wrap(dim);
    }
    DType out = x.dtype().isDifferentiable() ? x.dtype() : DType.INT64;
    return List.of(new Spec(x.shape(), out, x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    if (in[0].rank() == 0) {
      return new Tensor[] {in[0].to(spec.dtype()).copy()};
    }
    if (in[0].dtype().isComplex()) {
      return Pairs.eval(new CumSumOp(in[0].shape().wrap(dim), direction), in);
    }
    Tensor x = RowOps.rowsLast(in[0], dim);
    Tensor out = Tensor.allocate(name(), x.shape(), spec.dtype(), x.device());
    long n = out.dim(-1);
    if (out.elements() > 0) {
      KERNELS
          .computeIfAbsent(new Key(x.dtype(), spec.dtype(), direction), CumSumOp::build)
          .launch("cumsum", out.elements() / n, n, new Tensor[] {x, out}, new long[] {n}, null);
    }
    return new Tensor[] {RowOps.restore(out, dim)};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("cumsum");
    int x = k.reads(key.in);
    int y = k.writes(key.out);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Type t = key.out.type().value();
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var sum = k.fresh("sum", t);
    Expr at =
        key.direction == Direction.FORWARD ? add(base, i) : add(base, sub(sub(n, int64(1)), i));
    Expr.Var next = k.fresh("next", t);
    k.add(
        new Stmt.Serial(
            i,
            n,
            List.of(new Stmt.Carried(sum, constant(t, 0), next)),
            List.of(new Stmt.Let(next, add(sum, k.at(x, at, t))), k.store(y, at, next))));
    return k.build();
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Direction back = direction == Direction.FORWARD ? Direction.REVERSE : Direction.FORWARD;
    return new Tensor[] {Tensor.apply(new CumSumOp(dim, back), grads[0])};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (in[0].rank() == 1) {
      return Tensor.applyAll(ConvertOp.copy(infer(in).get(0).dtype(), in[0].device()), in);
    }
    return Tensor.applyAll(new CumSumOp(dim < 0 ? dim : dim + 1, direction), in);
  }

  private static Sample sample(int dim, Direction direction, Tensor x) {
    String forward = "torch.cumsum(x0, " + dim + ")";
    String reverse =
        "torch.flip(torch.cumsum(torch.flip(x0, [" + dim + "]), " + dim + "), [" + dim + "])";
    return Sample.of(new CumSumOp(dim, direction), x)
        .peer(direction == Direction.FORWARD ? forward : reverse);
  }

  static List<OpInfo> infos() {
    List<OpInfo> out = new ArrayList<>();
    for (CumSumOp.Direction d : CumSumOp.Direction.values()) {
      out.add(
          OpInfo.of(
              "cumsum_" + d.name().toLowerCase(java.util.Locale.ROOT),
              andComplex(ALL),
              in ->
                  List.of(
                      sample(1, d, in.any(3, 7)),
                      sample(0, d, in.any(3, 4, 2)),
                      sample(1, d, in.any(3, 0)))));
    }
    return out;
  }
}
