package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.Transposition;
import io.arclight.tensor.cpu.Lapack;
import io.arclight.tensor.memory.HostMemory;
import java.util.List;

/** X of {@code A X = B}, or with A's adjoint, from the LU factors and pivots of A. */
public record LuSolveOp(Transposition turn) implements MatrixOp {

  @Override
  public String name() {
    return "LU_SOLVE";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor lu = in[0];
    Tensor b = in[2];
    Matrices.requireSquare("luSolve", lu);
    LapackBatch.requirePair("luSolve", lu, b);
    if (in[1].dtype() != DType.INT32) {
      throw new DTypeException(
          "luSolve: pivots must be int32 as luFactor gives them, not " + in[1].dtype());
    }
    Elementwise.sameDevice("luSolve", lu, in[1]);
    boolean fits = in[1].shape().equals(Matrices.shape(Matrices.batch(lu, 2), lu.dim(-1)));
    if (!fits || b.dim(-2) != lu.dim(-1)) {
      throw new ShapeException(
          "luSolve: factors of shape "
              + lu.shape()
              + ", pivots of "
              + in[1].shape()
              + " and a right side of "
              + b.shape()
              + " do not fit: expects [..., n, n], [..., n] and [..., n, k]");
    }
    return List.of(new Spec(b.shape(), b.dtype(), b.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor lu = LapackBatch.columns(in[0]);
    Tensor pivots = LapackBatch.dense(in[1]);
    Tensor x = LapackBatch.columns(in[2]);
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    DType t = x.dtype();
    long n = lu.dim(-1);
    long k = in[2].dim(-1);
    char letter = turn == Transposition.PLAIN ? 'N' : 'C';
    new LapackBatch.Call("luSolve", Check.RAISE, info, Integer::toString)
        .run(
            n * n * k,
            (i, at) -> {
              long rows = at[1] + i * n * 4;
              for (long j = 0; j < n; j++) {
                int row = HostMemory.int32(rows + 4 * j);
                if (row < 1 || row > n) {
                  throw new DataException("luSolve: pivot " + row + " is not a row from 1 to " + n);
                }
              }
              long factors = at[0] + i * n * n * t.bytes();
              Lapack.getrs(t, letter, n, k, factors, rows, at[2] + i * n * k * t.bytes());
              return 0;
            },
            lu,
            pivots,
            x);
    return new Tensor[] {LapackBatch.turned(x)};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor lu = saved.input(0);
    Tensor pivots = saved.input(1);
    Tensor x = saved.output(0);
    Transposition other = turn == Transposition.PLAIN ? Transposition.ADJOINT : Transposition.PLAIN;
    Tensor gb = Tensor.apply(new LuSolveOp(other), lu, pivots, grads[0]);
    Tensor glu = null;
    if (saved.needs(0)) {
      Tensor ga =
          turn == Transposition.PLAIN
              ? gb.matmul(Matrices.adjoint(x))
              : x.matmul(Matrices.adjoint(gb));
      long n = lu.dim(-1);
      Tensor p = Tensor.apply(new PivotsOp(n, lu.dtype()), pivots);
      Tensor l = lu.tril(-1).add(Matrices.identity(lu, n));
      Tensor u = lu.triu();
      Tensor turned = Matrices.adjoint(p).matmul(ga.neg());
      glu =
          turned
              .matmul(Matrices.adjoint(u))
              .tril(-1)
              .add(Matrices.adjoint(l).matmul(turned).triu());
    }
    return new Tensor[] {glu, null, gb};
  }

  @Override
  public boolean savesInput(int i) {
    return i < 2;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  static OpInfo info() {
    return new OpInfo(
        "lu_solve",
        DTypes.LAPACK,
        in -> {
          Tensor[] lu = Tensor.applyAll(new LuOp(Check.RAISE), in.square(2, 3, 3));
          return List.of(
              Sample.of(new LuSolveOp(Transposition.PLAIN), lu[0], lu[1], in.any(2, 3, 2))
                  .peer("torch.linalg.lu_solve(x0, x1, x2)"),
              Sample.of(new LuSolveOp(Transposition.ADJOINT), lu[0], lu[1], in.any(2, 3, 2))
                  .peer("torch.linalg.lu_solve(x0, x1, x2, adjoint=True)"));
        },
        in ->
            List.of(
                ErrorSample.of(
                    new LuSolveOp(Transposition.PLAIN),
                    DTypeException.class,
                    "pivots must be int32",
                    in.any(2, 2),
                    in.index(1, 2),
                    in.any(2, 1)),
                ErrorSample.of(
                    new LuSolveOp(Transposition.PLAIN),
                    ShapeException.class,
                    "pivots of [3] and a right side of [2, 1] do not fit",
                    in.any(2, 2),
                    in.index(1, 3).to(DType.INT32),
                    in.any(2, 1)),
                ErrorSample.of(
                    new LuSolveOp(Transposition.PLAIN),
                    DTypeException.class,
                    "convert one with to(dtype)",
                    in.any(2, 2),
                    in.index(1, 2).to(DType.INT32),
                    in.other().any(2, 1)),
                ErrorSample.of(
                    new LuOp(Check.RAISE),
                    DTypeException.class,
                    "not int64: convert with to(dtype)",
                    in.index(1, 2, 2)),
                ErrorSample.of(
                    new LuOp(Check.RAISE),
                    TensorException.class,
                    "has more elements than LAPACK counts",
                    in.any(1, 1).expand(65536, 65536)),
                ErrorSample.of(
                    new LuSolveOp(Transposition.PLAIN),
                    DataException.class,
                    "pivot 0 is not a row",
                    in.any(2, 2),
                    in.index(0, 2).to(DType.INT32),
                    in.any(2, 1))));
  }
}
