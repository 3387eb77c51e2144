package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How often each of the numbers below {@code bins} occurs in a vector of them (int64), or the sums
 * of their weights, added in order.
 */
public record CountOp(long bins) implements Op {
  private static final Map<DType, Executable> WEIGHTED = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> PLAIN = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "COUNT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Indexing.requireIndex("bincount", in[0]);
    Indexing.requireRank("bincount", in[0], 1);
    if (bins < 0) {
      throw new ShapeException("bincount: a negative number of bins, " + bins);
    }
    if (in.length > 1 && !in[1].shape().equals(in[0].shape())) {
      throw new ShapeException(
          "bincount: weights "
              + in[1].shape()
              + " must have the shape of what is counted, "
              + in[0].shape());
    }
    if (in.length > 1) {
      RowOps.requireFloat("bincount", in[1]);
      Elementwise.sameDevice("bincount", in[0], in[1]);
    }
    DType out = in.length > 1 ? in[1].dtype() : DType.INT64;
    return List.of(new Spec(Shape.of(bins), out, in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.zeros(Shape.of(bins), outputs.get(0).dtype(), in[0].device());
    Tensor x = in[0].contiguous();
    Tensor[] buffers =
        in.length > 1 ? new Tensor[] {x, in[1].detach().contiguous(), out} : new Tensor[] {x, out};
    Executable kernel =
        in.length > 1
            ? WEIGHTED.computeIfAbsent(out.dtype(), t -> build(x.dtype(), t))
            : PLAIN.computeIfAbsent(x.dtype(), t -> build(t, null));
    kernel.launch(
        "bincount",
        1,
        x.elements(),
        buffers,
        new long[] {x.elements(), bins},
        bins + " bins from 0");
    return new Tensor[] {out};
  }

  private static Executable build(DType dtype, DType weights) {
    RowKernel k = new RowKernel("bincount");
    int x = k.reads(dtype);
    int w = weights == null ? -1 : k.reads(weights);
    int out = k.updates(weights == null ? DType.INT64 : weights);
    Expr n = k.param(Type.I64);
    Expr bins = k.param(Type.I64);
    Expr.Var i = k.fresh("i", Type.I64);
    List<Stmt> body =
        k.block(
            () -> {
              Expr at = k.let("at", Indexing.checked(k, x, i, bins, Bounds.STRICT));
              Type t = k.type(out);
              Expr one = w < 0 ? int64(1) : k.at(w, i, t);
              k.add(k.store(out, at, add(k.at(out, at, t), one)));
            });
    k.add(new Stmt.Serial(i, n, List.of(), body));
    return k.build();
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  static OpInfo info() {
    return new OpInfo(
        "bincount",
        DTypes.INTEGERS,
        in ->
            List.of(
                Sample.of(new CountOp(9), in.range(0, 9, 20).to(DType.INT64))
                    .peer("torch.bincount(x0, minlength=9)"),
                Sample.of(
                        new CountOp(7),
                        in.range(0, 4, 11).to(DType.INT64),
                        new SampleInputs(DType.FLOAT64, in.device()).any(11))
                    .peer("torch.bincount(x0, x1.detach(), 7)"),
                Sample.of(new CountOp(3), in.indices(3, 0)).peer("torch.bincount(x0, minlength=3)"),
                Sample.composed(x -> x[0].bincount(), in.range(0, 9, 20))
                    .peer("torch.bincount(x0)"),
                Sample.composed(x -> x[0].bincount(12), in.range(0, 9, 20))
                    .peer("torch.bincount(x0, minlength=12)"),
                Sample.composed(x -> x[0].bincount(), in.range(0, 9, 0)).peer("torch.bincount(x0)"),
                Sample.composed(
                        x -> x[0].bincount(x[1], 3),
                        in.range(0, 9, 20),
                        new SampleInputs(DType.FLOAT32, in.device()).any(20))
                    .peer("torch.bincount(x0, x1.detach(), 3)")),
        in ->
            List.of(
                ErrorSample.of(
                    new CountOp(-1),
                    ShapeException.class,
                    "a negative number of bins, -1",
                    in.index(0, 2)),
                ErrorSample.of(
                    new CountOp(2),
                    ShapeException.class,
                    "must have the shape of what is counted, [2]",
                    in.index(0, 2),
                    in.any(3)),
                ErrorSample.composed(
                    x -> x[0].bincount(),
                    ShapeException.class,
                    "needs a vector of integers and a minlength of at least 0, got int64 [2, 2]",
                    in.index(0, 2, 2)),
                ErrorSample.of(
                    new CountOp(2), DataException.class, "index 5 is out of range", in.index(5, 1)),
                ErrorSample.composed(
                    x -> x[0].bincount(),
                    DataException.class,
                    "index -3 is out of range",
                    in.index(-3, 2)),
                ErrorSample.of(
                    new CountOp(2), ShapeException.class, "1 dimensions", in.index(0, 1, 1))));
  }
}
