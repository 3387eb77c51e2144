package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.HostMemory;
import java.util.List;
import java.util.Set;

/** The permutation matrix P of {@code A = P L U}, [..., rows, rows], from pivots [..., k]. */
public record PivotsOp(long rows, DType dtype) implements MatrixOp {

  @Override
  public String name() {
    return "PIVOTS";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor pivots = in[0];
    if (pivots.dtype() != DType.INT32) {
      throw new DTypeException(
          "luUnpack: pivots must be int32 as luFactor gives them, not " + pivots.dtype());
    }
    if (pivots.rank() == 0 || pivots.dim(-1) > rows) {
      throw new ShapeException(
          "luUnpack: pivots of shape "
              + pivots.shape()
              + " do not fit matrices of "
              + rows
              + " rows");
    }
    return List.of(
        new Spec(Matrices.shape(Matrices.batch(pivots, 1), rows, rows), dtype, pivots.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    Tensor pivots = LapackBatch.dense(in[0]);
    int k = (int) pivots.dim(-1);
    int n = Math.toIntExact(rows);
    long count = Matrices.batch(pivots, 1).elements();
    Tensor order =
        Tensor.allocate(
            name(), Matrices.shape(Matrices.batch(pivots, 1), rows), DType.INT64, spec.device());
    Backend.of(spec.device())
        .library(
            at -> {
              for (long i = 0; i < count; i++) {
                permutation(at[0] + 4L * k * i, k, at[1] + 8L * n * i, n);
              }
            },
            pivots,
            order);
    // P is 1 at (order[j], j): what row j of P^T A was in A.
    Tensor columns =
        order.withLayout(
            order.layout().reshape(Matrices.shape(Matrices.batch(pivots, 1), 1, rows)));
    Tensor numbers = Tensor.arange(0, rows, 1, DType.INT64, spec.device());
    Tensor rowNumbers = numbers.withLayout(numbers.layout().reshape(Shape.of(rows, 1)));
    Tensor where = Matrices.run(Pointwise.EQ, columns, rowNumbers);
    return new Tensor[] {Matrices.run(ConvertOp.copy(dtype, spec.device()), where)};
  }

  private static void permutation(long pivots, int k, long order, int n) {
    long[] out = new long[n];
    for (int i = 0; i < n; i++) {
      out[i] = i;
    }
    for (int i = 0; i < k; i++) {
      int j = HostMemory.int32(pivots + 4L * i) - 1;
      if (j < 0 || j >= n) {
        throw new DataException("luUnpack: pivot " + (j + 1) + " is not a row from 1 to " + n);
      }
      long swapped = out[i];
      out[i] = out[j];
      out[j] = swapped;
    }
    for (int i = 0; i < n; i++) {
      HostMemory.putInt64(order + 8L * i, out[i]);
    }
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  static OpInfo info() {
    return new OpInfo(
        "pivots",
        Set.of(DType.INT32),
        in ->
            List.of(
                Sample.of(
                        new PivotsOp(3, DType.FLOAT32),
                        Tensor.of(new int[] {3, 3, 3, 1, 2, 3}, Shape.of(2, 3))
                            .to(in.index(0).device()))
                    .peer("torch.lu_unpack(torch.zeros([2, 3, 3]), x0, False)[0]"),
                Sample.of(new PivotsOp(4, DType.FLOAT64), Tensor.of(4, 3).to(in.index(0).device()))
                    .peer(
                        "torch.lu_unpack(torch.zeros([4, 2], dtype=torch.float64), x0, False)[0]")),
        in ->
            List.of(
                ErrorSample.of(
                    new PivotsOp(3, DType.FLOAT32),
                    DTypeException.class,
                    "pivots must be int32",
                    in.index(1, 2)),
                ErrorSample.of(
                    new PivotsOp(3, DType.FLOAT32),
                    ShapeException.class,
                    "pivots of shape [4] do not fit matrices of 3 rows",
                    in.index(1, 4).to(DType.INT32)),
                ErrorSample.of(
                    new PivotsOp(3, DType.FLOAT32),
                    DataException.class,
                    "pivot 4 is not a row",
                    Tensor.of(1, 4).to(in.index(0).device()))));
  }
}
