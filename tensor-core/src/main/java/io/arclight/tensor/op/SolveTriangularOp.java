package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.LAPACK;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.Diagonal;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Triangle;
import io.arclight.tensor.cpu.Lapack;
import io.arclight.tensor.cpu.Workers;
import java.util.ArrayList;
import java.util.List;

/**
 * X of {@code A X = B} or {@code X A = B} for a triangular A [..., n, n], of which one triangle is
 * read. A zero on the diagonal gives infinities, as in PyTorch.
 */
public record SolveTriangularOp(Triangle part, Side side, Diagonal diagonal) implements MatrixOp {
  private static final long GRAIN = 100_000;

  static SolveTriangularOp of(Triangle part, Side side) {
    return new SolveTriangularOp(part, side, Diagonal.READ);
  }

  @Override
  public String name() {
    return "SOLVE_TRIANGULAR";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Matrices.requireSquare("solveTriangular", in[0]);
    LapackBatch.requirePair("solveTriangular", in[0], in[1]);
    if (in[1].dim(side == Side.LEFT ? -2 : -1) != in[0].dim(-1)) {
      throw new ShapeException(
          "solveTriangular: the matrix of shape "
              + in[0].shape()
              + " does not fit the right side of shape "
              + in[1].shape());
    }
    return List.of(new Spec(in[1].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = LapackBatch.dense(in[1]);
    if (x.elements() == 0) {
      return new Tensor[] {x};
    }
    long n = in[0].dim(-1);
    Tensor flat = in[0].withLayout(in[0].layout());
    Matrix a = Matrix.of(flatten(flat));
    DType t = x.dtype();
    // To LAPACK, whose matrices are column-major, both are transposed: so sides and halves swap.
    char at = side == Side.LEFT ? 'R' : 'L';
    Triangle half = a.transposed() ? part : part.transposed();
    char turn = a.transposed() ? 'T' : 'N';
    char ones = diagonal == Diagonal.ONES ? 'U' : 'N';
    long rows = x.dim(-1);
    long columns = x.dim(-2);
    long bytes = rows * columns * t.bytes();
    long count = x.elements() / (rows * columns);
    Backend.of(x.device())
        .library(
            addresses ->
                Workers.run(
                    count,
                    1 + GRAIN / (rows * columns * n),
                    (begin, end) -> {
                      for (long i = begin; i < end; i++) {
                        long matrix = addresses[0] + i * a.batchStride() * t.bytes();
                        long b = addresses[1] + i * bytes;
                        Lapack.trsm(t, at, half, turn, ones, rows, columns, matrix, a.ld(), b);
                      }
                    }),
            a.tensor(),
            x);
    return new Tensor[] {x};
  }

  /** [b, n, n], of the same memory where strides allow it. */
  private static Tensor flatten(Tensor t) {
    io.arclight.tensor.Shape target =
        io.arclight.tensor.Shape.of(Matrices.batch(t, 2).elements(), t.dim(-2), t.dim(-1));
    io.arclight.tensor.Layout layout = t.layout().reshape(target);
    if (layout != null) {
      return t.withLayout(layout);
    }
    Tensor dense = LapackBatch.dense(t);
    return dense.withLayout(dense.layout().reshape(target));
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor a = Matrices.adjoint(saved.input(0));
    Tensor x = saved.output(0);
    Tensor g = Tensor.apply(new SolveTriangularOp(part.transposed(), side, diagonal), a, grads[0]);
    Tensor product =
        side == Side.LEFT ? g.matmul(Matrices.adjoint(x)) : Matrices.adjoint(x).matmul(g);
    int ones = diagonal == Diagonal.ONES ? 1 : 0;
    return new Tensor[] {
      saved.needs(0)
          ? (part == Triangle.LOWER ? product.tril(-ones) : product.triu(ones)).neg()
          : null,
      saved.needs(1) ? g : null
    };
  }

  @Override
  public boolean savesInput(int i) {
    return i == 0;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  static OpInfo info() {
    return new OpInfo(
        "solve_triangular",
        LAPACK,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Triangle part : Triangle.values()) {
            for (Side side : Side.values()) {
              for (Diagonal diagonal : Diagonal.values()) {
                Tensor a = in.square(2, 3, 3);
                Tensor b = side == Side.LEFT ? in.any(2, 3, 2) : in.any(2, 2, 3);
                String peer =
                    "torch.linalg.solve_triangular(x0, x1, upper=%s, left=%s, unitriangular=%s)"
                        .formatted(
                            part == Triangle.UPPER ? "True" : "False",
                            side == Side.LEFT ? "True" : "False",
                            diagonal == Diagonal.ONES ? "True" : "False");
                SolveTriangularOp op = new SolveTriangularOp(part, side, diagonal);
                if (diagonal == Diagonal.ONES) {
                  a = a.div(8);
                }
                out.add(Sample.of(op, a, b).peer(peer));
                out.add(Sample.of(op, a.select(0, 0).transpose(0, 1), b.select(0, 1)).peer(peer));
              }
            }
          }
          out.add(
              Sample.of(of(Triangle.LOWER, Side.LEFT), in.any(0, 0), in.any(0, 2))
                  .peer("torch.linalg.solve_triangular(x0, x1, upper=False)"));
          return out;
        },
        in ->
            List.of(
                ErrorSample.of(
                    of(Triangle.LOWER, Side.LEFT),
                    ShapeException.class,
                    "does not fit the right side",
                    in.any(3, 3),
                    in.any(2, 3))));
  }
}
