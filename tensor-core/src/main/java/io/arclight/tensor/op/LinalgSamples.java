package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.LAPACK;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Lstsq;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Side;
import io.arclight.tensor.Symmetry;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.Transposition;
import io.arclight.tensor.Triangle;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Functions of linear algebra that are composed of operations. */
final class LinalgSamples {
  private static final String TRIANGLE =
      "PyTorch gives gradients to the half of the factor that it does not read";

  private LinalgSamples() {}

  static List<OpInfo> infos() {
    return List.of(
        cholesky(),
        systems(),
        inverses(),
        lu(),
        determinants(),
        vectorNorms(),
        matrixNorms(),
        numbers(),
        powers(),
        tensors(),
        constants());
  }

  /** Whose results do not depend on small changes, and have no gradient. */
  private static OpInfo constants() {
    return OpInfo.of(
        "matrix_rank",
        Set.of(DType.FLOAT32),
        in ->
            List.of(
                Sample.composed(
                        x -> Linalg.matrixRank(x[0]),
                        in.any(2, 3, 1).round().mul(in.any(2, 1, 3).round()))
                    .peer("torch.linalg.matrix_rank(x0)"),
                Sample.composed(
                        x -> Linalg.matrixRank(x[0], 0.5, 0, Symmetry.HERMITIAN),
                        Tensor.stack(0, in.square(2, 2).mul(0), Matrices.identity(in.any(), 2)))
                    .peer("torch.linalg.matrix_rank(x0, atol=0.5, hermitian=True)"),
                Sample.composed(x -> Linalg.matrixRank(x[0]), in.any(2, 0, 3))
                    .peer("torch.linalg.matrix_rank(x0)"),
                Sample.composed(x -> x[0].matrixPower(0), in.any(2, 2, 2))
                    .peer("torch.linalg.matrix_power(x0, 0)")
                    .differs(
                        Sample.Difference.Aspect.GRADIENT,
                        "a constant has no gradient; PyTorch makes zeros"),
                Sample.composed(
                        x -> Linalg.vectorNorm(x[0], 0, Dim.of(1), Dim.Keep.KEEP),
                        in.any(2, 3).round())
                    .peer("torch.linalg.vector_norm(x0, 0, 1, True)")
                    .differs(
                        Sample.Difference.Aspect.GRADIENT,
                        "a constant has no gradient; PyTorch makes zeros"),
                Sample.composed(
                        x -> x[0].cdist(x[1], 0), in.any(2, 3).round(), in.any(3, 3).round())
                    .peer("torch.cdist(x0, x1, p=0.)")));
  }

  private static Tensor positive(Tensor x) {
    return x.matmul(Matrices.adjoint(x)).add(Matrices.identity(x, x.dim(-1)));
  }

  /** With a diagonal that is real, and values beside the factor that must not matter. */
  private static Tensor factor(SampleInputs in, long... shape) {
    Tensor x = in.any(shape);
    Tensor diagonal = Matrices.identity(x, x.dim(-1)).mul(3);
    return x.tril(-1).add(x.triu(1)).add(diagonal);
  }

  private static OpInfo cholesky() {
    return new OpInfo(
        "cholesky",
        LAPACK,
        in ->
            List.of(
                Sample.composed(x -> Linalg.cholesky(positive(x[0])), in.any(2, 3, 3))
                    .peer(
                        "torch.linalg.cholesky(torch.matmul(x0, x0.mH) + torch.eye(x0.size(-1), dtype=x0.dtype))"),
                Sample.composed(x -> Linalg.cholesky(positive(x[0]), Triangle.UPPER), in.any(2, 2))
                    .peer(
                        "torch.linalg.cholesky(torch.matmul(x0, x0.mH) + torch.eye(x0.size(-1), dtype=x0.dtype), upper=True)"),
                Sample.composed(
                        x -> x[0].choleskySolve(x[1], Triangle.LOWER),
                        in.any(2, 2),
                        in.square(2, 2))
                    .peer("torch.cholesky_solve(x0, x1)")
                    .differs(Sample.Difference.Aspect.GRADIENT, TRIANGLE),
                Sample.composed(
                        x -> x[0].choleskySolve(x[1], Triangle.UPPER),
                        in.any(2, 1, 2, 2),
                        factor(in, 2, 2, 2))
                    .peer("torch.cholesky_solve(x0, x1, upper=True)")
                    .differs(Sample.Difference.Aspect.GRADIENT, TRIANGLE),
                Sample.composed(x -> x[0].choleskyInverse(Triangle.LOWER), factor(in, 2, 2))
                    .peer("torch.cholesky_inverse(x0)")
                    .differs(Sample.Difference.Aspect.GRADIENT, TRIANGLE),
                Sample.composed(x -> x[0].choleskyInverse(Triangle.UPPER), factor(in, 2, 2))
                    .peer("torch.cholesky_inverse(x0, upper=True)")
                    .differs(Sample.Difference.Aspect.GRADIENT, TRIANGLE)),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Linalg.cholesky(x[0]),
                    LinAlgException.class,
                    "not positive-definite: its leading minor of order 1",
                    in.square(2, 2).neg())));
  }

  private static OpInfo systems() {
    return new OpInfo(
        "solve",
        LAPACK,
        in ->
            List.of(
                Sample.composed(
                        x -> Linalg.solve(x[0], x[1]), in.square(2, 1, 3, 3), in.any(2, 3, 1))
                    .peer("torch.linalg.solve(x0, x1)"),
                Sample.composed(x -> Linalg.solve(x[0], x[1]), in.square(3, 3), in.any(3))
                    .peer("torch.linalg.solve(x0, x1)"),
                Sample.composed(x -> Linalg.solve(x[0], x[1]), in.square(2, 2, 2), in.any(2, 2))
                    .peer("torch.linalg.solve(x0, x1)"),
                Sample.composed(
                        x -> Linalg.solve(x[0], x[1], Side.RIGHT), in.square(3, 3), in.any(2, 3))
                    .peer("torch.linalg.solve(x0, x1, left=False)"),
                Sample.composed(
                        x -> Linalg.solveEx(x[0], x[1]).result(), in.square(2, 2), in.any(2, 2))
                    .peer("torch.linalg.solve_ex(x0, x1)[0]"),
                Sample.composed(x -> x[1].triangularSolve(x[0]), in.square(2, 2), in.any(2, 3))
                    .peer("torch.linalg.solve_triangular(x0, x1, upper=True)"),
                Sample.composed(
                        x -> Linalg.solveTriangular(x[0], x[1], Triangle.UPPER),
                        in.square(2, 2),
                        in.any(3, 2, 1))
                    .peer("torch.linalg.solve_triangular(x0, x1, upper=True)"),
                Sample.composed(
                        x -> {
                          Linalg.LuFactors f = Linalg.luFactor(x[0]);
                          return Linalg.luSolve(
                              f.lu(), f.pivots(), x[1], Side.RIGHT, Transposition.PLAIN);
                        },
                        in.square(2, 2),
                        in.any(3, 2))
                    .peer(
                        "lu, p = torch.linalg.lu_factor(x0); torch.linalg.lu_solve(lu, p, x1, left=False)"),
                Sample.composed(
                        x -> Linalg.lstsq(x[0], x[1], Lstsq.Driver.GELS).solution(),
                        in.any(4, 2),
                        in.any(4))
                    .peer("torch.linalg.lstsq(x0, x1.unsqueeze(-1), driver='gels')[0].squeeze(-1)"),
                Sample.composed(
                        x -> Linalg.lstsq(x[0], x[1], Lstsq.Driver.GELS).residuals(),
                        in.any(4, 2),
                        in.any(4, 2))
                    .peer("torch.linalg.lstsq(x0, x1, driver='gels')[1]")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Linalg.solve(x[0], x[1]),
                    LinAlgException.class,
                    "the matrix is singular: U(1, 1)",
                    in.any(2, 2).mul(0),
                    in.any(2)),
                ErrorSample.composed(
                    x -> Linalg.solve(x[0], x[1]),
                    ShapeException.class,
                    "does not fit the right side",
                    in.any(2, 2),
                    in.any(3, 2))));
  }

  private static OpInfo inverses() {
    return OpInfo.of(
        "inverses",
        LAPACK,
        in ->
            List.of(
                Sample.composed(x -> x[0].inverse(), in.square(3, 3)).peer("torch.inverse(x0)"),
                Sample.composed(x -> x[0].pinverse(), in.any(3, 2)).peer("torch.pinverse(x0)"),
                Sample.composed(
                        x ->
                            Linalg.pinv(
                                x[0].add(Matrices.adjoint(x[0])), 0, 1e-5, Symmetry.HERMITIAN),
                        in.any(3, 3))
                    .peer("torch.linalg.pinv(x0 + x0.mH, rtol=1e-5, hermitian=True)")));
  }

  private static OpInfo lu() {
    return OpInfo.of(
        "lu",
        LAPACK,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (long[] shape : new long[][] {{3, 3}, {2, 2, 3}, {3, 2}}) {
            out.add(
                Sample.composedAll(
                        x -> {
                          Linalg.Lu lu = Linalg.lu(x[0]);
                          return new Tensor[] {lu.l().matmul(lu.u()), lu.p(), lu.l(), lu.u()};
                        },
                        in.any(shape))
                    .peer("p, l, u = torch.linalg.lu(x0); m = torch.matmul(l, u); (m, p, l, u)"));
            out.add(
                Sample.composed(x -> Linalg.lu(x[0]).u(), in.any(shape))
                    .peer("torch.linalg.lu(x0)[2]"));
            out.add(
                Sample.composed(x -> Linalg.lu(x[0]).l(), in.any(shape))
                    .peer("torch.linalg.lu(x0)[1]"));
          }
          return out;
        });
  }

  private static OpInfo determinants() {
    return OpInfo.of(
        "determinants",
        LAPACK,
        in ->
            List.of(
                Sample.composed(x -> x[0].det(), in.any(3, 3)).peer("torch.det(x0)"),
                Sample.composed(x -> x[0].logdet(), in.square(2, 2, 2)).peer("torch.logdet(x0)")));
  }

  private static OpInfo vectorNorms() {
    return OpInfo.of(
        "vector_norm",
        DTypes.andComplex(DTypes.FLOATS),
        in -> {
          List<Sample> out = new ArrayList<>();
          for (double p :
              new double[] {2, 1, 3, 0.5, -1, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            out.add(
                Sample.composed(
                        x -> Linalg.vectorNorm(x[0], p, Dim.of(1), Dim.Keep.KEEP), in.any(2, 3))
                    .peer("torch.linalg.vector_norm(x0, " + literal(p) + ", 1, True)"));
            out.add(
                Sample.composed(x -> Linalg.norm(x[0], p), in.any(3))
                    .peer("torch.linalg.norm(x0, " + literal(p) + ")"));
          }
          out.add(
              Sample.composed(x -> Linalg.norm(x[0]), in.any(2, 3)).peer("torch.linalg.norm(x0)"));
          out.add(
              Sample.composed(x -> Linalg.matrixNorm(x[0]), in.any(2, 3, 2))
                  .peer("torch.linalg.matrix_norm(x0)"));
          out.add(
              Sample.composed(x -> Linalg.vecdot(x[0], x[1], 0), in.any(3, 2), in.any(3, 1))
                  .peer("torch.linalg.vecdot(x0, x1, dim=0)"));
          return out;
        });
  }

  private static String literal(double p) {
    return Double.isInfinite(p) ? "float('" + (p < 0 ? "-" : "") + "inf')" : Double.toString(p);
  }

  private static OpInfo matrixNorms() {
    return new OpInfo(
        "matrix_norm",
        LAPACK,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (double p :
              new double[] {2, -2, 1, -1, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            out.add(
                Sample.composed(
                        x -> Linalg.matrixNorm(x[0], p, Dim.of(0, 2), Dim.Keep.KEEP),
                        in.any(2, 2, 3))
                    .peer("torch.linalg.matrix_norm(x0, " + literal(p) + ", [0, 2], True)"));
            out.add(
                Sample.composed(x -> Linalg.norm(x[0], p), in.any(3, 2))
                    .peer("torch.linalg.norm(x0, " + literal(p) + ")"));
          }
          out.add(
              Sample.composed(x -> Linalg.matrixNorm(x[0]), in.any(2, 3, 2))
                  .peer("torch.linalg.matrix_norm(x0)"));
          out.add(
              Sample.composed(x -> Linalg.nuclearNorm(x[0]), in.any(2, 3, 2))
                  .peer("torch.linalg.matrix_norm(x0, 'nuc')"));
          return out;
        },
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Linalg.matrixNorm(x[0], 3),
                    TensorException.class,
                    "order 3.0 is none of",
                    in.any(2, 2)),
                ErrorSample.composed(
                    x -> Linalg.norm(x[0], 2),
                    ShapeException.class,
                    "name the dimensions",
                    in.any(2, 2, 2))));
  }

  private static OpInfo numbers() {
    return OpInfo.of(
        "cond",
        LAPACK,
        in ->
            List.of(
                Sample.composed(x -> Linalg.cond(x[0]), in.square(2, 2, 2))
                    .peer("torch.linalg.cond(x0)"),
                Sample.composed(x -> Linalg.cond(x[0], -2), in.square(2, 2))
                    .peer("torch.linalg.cond(x0, -2)"),
                Sample.composed(x -> Linalg.cond(x[0], 1), in.square(2, 2))
                    .peer("torch.linalg.cond(x0, 1)")
                    .differs(
                        Sample.Difference.Aspect.GRADIENT,
                        "PyTorch changes in place what its gradient needs, and fails")));
  }

  private static OpInfo powers() {
    return new OpInfo(
        "matrix_power",
        LAPACK,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (long n : new long[] {1, 2, 5, -1, -3}) {
            out.add(
                Sample.composed(x -> x[0].matrixPower(n), in.square(2, 2, 2).div(4))
                    .peer("torch.linalg.matrix_power(x0, " + n + ")"));
          }
          return out;
        },
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].matrixPower(2), ShapeException.class, "square", in.any(2, 3))));
  }

  private static OpInfo tensors() {
    return new OpInfo(
        "tensorsolve",
        LAPACK,
        in ->
            List.of(
                Sample.composed(x -> Linalg.tensorinv(x[0], 1), in.square(4, 4).reshape(4, 2, 2))
                    .peer("torch.linalg.tensorinv(x0, 1)"),
                Sample.composed(
                        x -> Linalg.tensorsolve(x[0], x[1]),
                        in.square(4, 4).reshape(2, 2, 4),
                        in.any(2, 2))
                    .peer("torch.linalg.tensorsolve(x0, x1)"),
                Sample.composed(
                        x -> Linalg.tensorsolve(x[0], x[1], Dim.of(0)),
                        in.square(4, 4).reshape(4, 2, 2),
                        in.any(2, 2))
                    .peer("torch.linalg.tensorsolve(x0, x1, [0])")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Linalg.tensorinv(x[0], 1),
                    ShapeException.class,
                    "must have as many",
                    in.any(3, 2, 2))));
  }
}
