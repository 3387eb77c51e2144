package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Per-row cross-entropy of logits [n, classes] against int64 classes [n]. Outputs: the losses [n],
 * and each row's log-sum-exp [n], which the gradient reuses.
 */
public record CrossEntropyOp() implements Op {
  private static final Map<DType, Executable> FORWARD = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> BACKWARD = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "CROSS_ENTROPY";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    Tensor target = in[1];
    RowOps.requireFloat("crossEntropy", x);
    if (x.rank() != 2 || target.rank() != 1 || target.dim(0) != x.dim(0) || x.dim(1) == 0) {
      throw new ShapeException(
          "crossEntropy: expects logits [n, classes] and classes [n], got "
              + x.shape()
              + " and "
              + target.shape());
    }
    if (target.dtype() != DType.INT64) {
      throw new DTypeException(
          "crossEntropy: classes must be int64, not "
              + target.dtype()
              + ": convert with to(INT64)");
    }
    Elementwise.sameDevice("crossEntropy", x, target);
    Shape rows = Shape.of(x.dim(0));
    return List.of(
        new Spec(rows, x.dtype(), x.device()), new Spec(rows, x.dtype().accumulator(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor loss = Tensor.allocate(name(), outputs.get(0));
    Tensor lse = Tensor.allocate(name(), outputs.get(1));
    Tensor x = in[0].contiguous();
    FORWARD
        .computeIfAbsent(x.dtype(), CrossEntropyOp::forward)
        .launch(
            "crossEntropy",
            x.dim(0),
            x.dim(1),
            new Tensor[] {x, in[1].contiguous(), loss, lse},
            new long[] {x.dim(1)},
            x.dim(1) + " classes");
    return new Tensor[] {loss, lse};
  }

  private static Executable forward(DType dtype) {
    Type t = dtype.type().value();
    RowKernel k = new RowKernel("cross_entropy");
    int x = k.reads(dtype);
    int target = k.reads(DType.INT64);
    int loss = k.writes(dtype);
    int lse = k.writes(dtype.accumulator());
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Expr shift = k.let("shift", ReductionRules.shift(Elements.row(k, x, base), n, t));
    Expr sum =
        k.reduce(
            "sum",
            n,
            constant(t, 0),
            i -> ReductionRules.below(k.at(x, add(base, i), t), shift),
            (a, b) -> add(a, b));
    Expr total = k.let("total", add(shift, log(sum)));
    Expr c = k.let("class", load(target, k.row, Type.I64));
    Expr ok = and(ge(c, int64(0)), lt(c, n));
    Expr safe = k.let("safe", new Expr.Check(ok, ErrorCode.CLASS_OUT_OF_RANGE, c, c, int64(0)));
    k.add(k.store(loss, k.row, sub(total, k.at(x, add(base, safe), t))));
    k.add(k.store(lse, k.row, total));
    return k.build();
  }

  private static Executable backward(DType dtype) {
    Type t = dtype.type().value();
    RowKernel k = new RowKernel("cross_entropy_backward");
    int g = k.reads(dtype);
    int x = k.reads(dtype);
    int target = k.reads(DType.INT64);
    int lse = k.reads(dtype.accumulator());
    int dx = k.writes(dtype);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Expr scale = k.let("scale", k.at(g, k.row, t));
    Expr total = k.let("total", k.at(lse, k.row, t));
    Expr c = k.let("class", load(target, k.row, Type.I64));
    k.map(
        dx,
        base,
        n,
        i -> {
          Expr p = ReductionRules.below(k.at(x, add(base, i), t), total);
          return mul(scale, sub(p, select(eq(i, c), constant(t, 1), constant(t, 0))));
        });
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor x = saved.input(0);
    Tensor target = saved.input(1);
    Tensor g = grads[0];
    if (g == null) {
      throw new IllegalStateException("the log-sum-exp of crossEntropy takes no gradient");
    }
    if (RowOps.recording()) {
      Tensor wide = x.to(x.dtype().accumulator());
      Tensor p = wide.softmax(1).sub(target.oneHot(x.dim(1)).to(wide.dtype()));
      return new Tensor[] {p.mul(g.unsqueeze(1)), null};
    }
    Tensor dx = Tensor.allocate("CROSS_ENTROPY_BACKWARD", x.shape(), x.dtype(), x.device());
    BACKWARD
        .computeIfAbsent(x.dtype(), CrossEntropyOp::backward)
        .launch(
            "crossEntropyBackward",
            x.dim(0),
            x.dim(1),
            new Tensor[] {g.contiguous(), x.contiguous(), target.contiguous(), saved.output(1), dx},
            new long[] {x.dim(1)},
            null);
    return new Tensor[] {dx, null};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor[] all = Batching.batched(size, batched, in);
    long n = all[1].dim(1);
    Tensor[] out =
        Tensor.applyAll(this, all[0].reshape(size * n, all[0].dim(2)), all[1].reshape(size * n));
    return new Tensor[] {out[0].reshape(size, n), out[1].reshape(size, n)};
  }

  static OpInfo info() {
    return new OpInfo(
        "cross_entropy",
        FLOATS,
        in ->
            List.of(
                Sample.of(new CrossEntropyOp(), in.any(6, 5), in.indices(5, 6))
                    .peer("torch.cross_entropy_loss(x0, x1, None, 0)")),
        in ->
            List.of(
                ErrorSample.of(
                    new CrossEntropyOp(),
                    DTypeException.class,
                    "classes must be int64, not int32",
                    in.any(2, 3),
                    in.index(0, 2).to(DType.INT32)),
                ErrorSample.of(
                    new CrossEntropyOp(),
                    DataException.class,
                    "is not a class",
                    in.any(2, 3),
                    Tensor.of(0L, 3L).to(in.any().device())),
                ErrorSample.of(
                    new CrossEntropyOp(),
                    ShapeException.class,
                    "expects logits",
                    in.any(2, 3),
                    in.indices(3, 4))));
  }
}
