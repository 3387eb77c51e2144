package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** int64 [..., classes] with 1 at each element's class. */
public record OneHotOp(long classes) implements Op {
  private static final Map<DType, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "ONE_HOT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Indexing.requireIndex("oneHot", in[0]);
    if (classes <= 0) {
      throw new ShapeException("oneHot: the number of classes must be positive, not " + classes);
    }
    long[] dims = Arrays.copyOf(in[0].shape().toArray(), in[0].rank() + 1);
    dims[dims.length - 1] = classes;
    return List.of(new Spec(Shape.of(dims), DType.INT64, in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    KERNELS
        .computeIfAbsent(in[0].dtype(), OneHotOp::build)
        .launch(
            "oneHot",
            in[0].elements(),
            classes,
            new Tensor[] {in[0].contiguous(), out},
            new long[] {classes},
            classes + " classes");
    return new Tensor[] {out};
  }

  private static Executable build(DType dtype) {
    RowKernel k = new RowKernel("one_hot");
    int x = k.reads(dtype);
    int out = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Expr raw = k.let("raw", k.at(x, k.row, Type.I64));
    Expr ok = and(ge(raw, int64(0)), lt(raw, n));
    Expr c = k.let("class", new Expr.Check(ok, ErrorCode.CLASS_OUT_OF_RANGE, raw, raw, int64(0)));
    k.map(out, base, n, i -> select(eq(i, c), int64(1), int64(0)));
    return k.build();
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Tensor.applyAll(this, in);
  }

  static OpInfo info() {
    return new OpInfo(
        "one_hot",
        EnumSet.of(DType.INT64, DType.INT32),
        in -> {
          Sample sample =
              Sample.of(new OneHotOp(6), Tensor.arange(0, 6, 1, in.dtype(), in.device()))
                  .peer("torch.one_hot(x0, 6)");
          return List.of(
              in.dtype() == DType.INT64
                  ? sample
                  : sample.differs(Sample.Difference.Aspect.VALUE, "PyTorch takes int64 only"));
        },
        in ->
            List.of(
                ErrorSample.of(
                    new OneHotOp(0),
                    ShapeException.class,
                    "number of classes must be positive, not 0",
                    in.range(0, 2, 2)),
                ErrorSample.of(
                    new OneHotOp(2), DataException.class, "not a class", in.range(5, 6, 2))));
  }
}
