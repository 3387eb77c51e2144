package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.LAPACK;
import static io.arclight.tensor.op.DTypes.NUMBERS;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Products and parts of matrices that are composed of operations. */
final class MatrixSamples {
  private MatrixSamples() {}

  static List<OpInfo> infos() {
    return List.of(
        matmul(),
        vectors(),
        accumulating(),
        einsum(),
        tensordot(),
        kron(),
        cross(),
        diagonals(),
        grids(),
        vander(),
        vanderOfIntegers(),
        chain());
  }

  private static OpInfo matmul() {
    long[][][] shapes = {
      {{3}, {3}},
      {{3}, {3, 2}},
      {{2, 3}, {3}},
      {{2, 3}, {2, 3, 2}},
      {{3}, {2, 3, 2}},
      {{2, 2, 3}, {3}},
      {{2, 1, 2, 3}, {2, 3, 1}},
      {{2, 2, 3}, {3, 2}},
      {{2, 3, 0}, {0, 2}},
      {{0, 2, 3}, {3, 2}},
      {{2, 0, 3}, {2, 3, 2}},
    };
    return new OpInfo(
        "matmul of any ranks",
        andComplex(NUMBERS),
        in -> {
          List<Sample> out = new ArrayList<>();
          for (long[][] s : shapes) {
            out.add(
                Sample.composed(x -> x[0].matmul(x[1]), in.any(s[0]), in.any(s[1]))
                    .peer("torch.matmul(x0, x1)"));
          }
          out.add(
              Sample.composed(x -> x[0].mm(x[1]), in.transposed(2, 3), in.strided(3, 2))
                  .peer("torch.mm(x0, x1)"));
          out.add(
              Sample.composed(x -> x[0].bmm(x[1]), in.any(2, 2, 3), in.any(2, 3, 1))
                  .peer("torch.bmm(x0, x1)"));
          return out;
        },
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].matmul(x[1]),
                    ShapeException.class,
                    "at least one dimension",
                    in.any(),
                    in.any(2)),
                ErrorSample.composed(
                    x -> x[0].mm(x[1]),
                    ShapeException.class,
                    "mm: expects a matrix and a matrix",
                    in.any(2),
                    in.any(2, 2)),
                ErrorSample.composed(
                    x -> x[0].bmm(x[1]),
                    ShapeException.class,
                    "do not multiply",
                    in.any(2, 2, 2),
                    in.any(3, 2, 2))));
  }

  private static OpInfo vectors() {
    return new OpInfo(
        "products of vectors",
        andComplex(NUMBERS),
        in ->
            List.of(
                Sample.composed(x -> x[0].mv(x[1]), in.any(2, 3), in.any(3))
                    .peer("torch.mv(x0, x1)"),
                Sample.composed(x -> x[0].dot(x[1]), in.any(4), in.any(4))
                    .peer("torch.dot(x0, x1)"),
                Sample.composed(x -> x[0].dot(x[1]), in.any(0), in.any(0))
                    .peer("torch.dot(x0, x1)"),
                Sample.composed(x -> x[0].vdot(x[1]), in.any(4), in.any(4))
                    .peer("torch.vdot(x0, x1)"),
                Sample.composed(x -> x[0].inner(x[1]), in.any(2, 3), in.any(2, 2, 3))
                    .peer("torch.inner(x0, x1)"),
                Sample.composed(x -> x[0].inner(x[1]), in.any(), in.any(2, 3))
                    .peer("torch.inner(x0, x1)"),
                Sample.composed(x -> x[0].vdot(x[1]), in.any(0), in.any(0))
                    .peer("torch.vdot(x0, x1)")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].dot(x[1]),
                    ShapeException.class,
                    "dot: expects a vector and a vector",
                    in.any(2, 2),
                    in.any(2)),
                ErrorSample.composed(
                    x -> x[0].inner(x[1]),
                    ShapeException.class,
                    "last dimensions must agree",
                    in.any(2),
                    in.any(3))));
  }

  private static OpInfo accumulating() {
    return new OpInfo(
        "products added",
        andComplex(NUMBERS),
        in ->
            List.of(
                Sample.composed(
                        x -> x[0].addmm(x[1], x[2], 2, 3), in.any(3), in.any(2, 2), in.any(2, 3))
                    .peer("torch.addmm(x0, x1, x2, beta=2, alpha=3)"),
                Sample.composed(
                        x -> x[0].addmv(x[1], x[2], 2, 3), in.any(2), in.any(2, 3), in.any(3))
                    .peer("torch.addmv(x0, x1, x2, beta=2, alpha=3)"),
                Sample.composed(x -> x[0].addmv(x[1], x[2]), in.any(1), in.any(2, 3), in.any(3))
                    .peer("torch.addmv(x0, x1, x2)"),
                Sample.composed(
                        x -> x[0].addbmm(x[1], x[2], -1, 2),
                        in.any(2, 2),
                        in.any(2, 2, 3),
                        in.any(2, 3, 2))
                    .peer("torch.addbmm(x0, x1, x2, beta=-1, alpha=2)"),
                Sample.composed(
                        x -> x[0].baddbmm(x[1], x[2]), in.any(2), in.any(2, 2, 1), in.any(2, 1, 2))
                    .peer("torch.baddbmm(x0, x1, x2)"),
                Sample.composed(x -> x[0].addr(x[1], x[2]), in.any(2, 3), in.any(2), in.any(3))
                    .peer("torch.addr(x0, x1, x2)"),
                Sample.composed(x -> x[0].addr(x[1], x[2], 3, -2), in.any(3), in.any(2), in.any(3))
                    .peer("torch.addr(x0, x1, x2, beta=3, alpha=-2)")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].addbmm(x[1], x[2]),
                    ShapeException.class,
                    "addbmm: batches of shapes",
                    in.any(2, 2),
                    in.any(2, 2, 3),
                    in.any(3, 3, 2))));
  }

  private static OpInfo einsum() {
    record Case(String equation, long[]... shapes) {}
    List<Case> cases =
        List.of(
            new Case("ij,jk->ik", new long[] {2, 3}, new long[] {3, 2}),
            new Case("ij,jk", new long[] {2, 3}, new long[] {3, 2}),
            new Case("ba", new long[] {2, 3}),
            new Case("ii->i", new long[] {3, 3}),
            new Case("ii", new long[] {3, 3}),
            new Case("iji->j", new long[] {2, 3, 2}),
            new Case("i,j->ij", new long[] {2}, new long[] {3}),
            new Case("i,i->", new long[] {3}, new long[] {3}),
            new Case("i,i->i", new long[] {3}, new long[] {3}),
            new Case("bij,bjk->bik", new long[] {2, 2, 3}, new long[] {2, 3, 2}),
            new Case("bqhd,bkhd->bhqk", new long[] {2, 2, 2, 1}, new long[] {2, 3, 2, 1}),
            new Case("...ij,...jk->...ik", new long[] {2, 1, 2, 2}, new long[] {3, 2, 1}),
            new Case("...i,i->...", new long[] {2, 3}, new long[] {3}),
            new Case("a...b,b...->...a", new long[] {2, 3, 2}, new long[] {2, 1}),
            new Case("... , ...", new long[] {2, 1}, new long[] {3}),
            new Case("i,ij,j->", new long[] {2}, new long[] {2, 3}, new long[] {3}),
            new Case("ij,jk,kl->il", new long[] {2, 3}, new long[] {3, 2}, new long[] {2, 2}),
            new Case("ij,ij->j", new long[] {2, 3}, new long[] {1, 3}),
            new Case("ij,kj->ik", new long[] {2, 1}, new long[] {2, 3}),
            new Case("ij,j->i", new long[] {2, 0}, new long[] {0}),
            new Case("Ab,bA->A", new long[] {2, 3}, new long[] {3, 2}));
    return new OpInfo(
        "einsum",
        andComplex(NUMBERS),
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Case c : cases) {
            Tensor[] operands = new Tensor[c.shapes.length];
            StringBuilder names = new StringBuilder();
            for (int i = 0; i < operands.length; i++) {
              operands[i] = in.any(c.shapes[i]);
              names.append(i == 0 ? "x" : ", x").append(i);
            }
            out.add(
                Sample.composed(x -> Tensor.einsum(c.equation, x), operands)
                    .peer("torch.einsum('" + c.equation + "', [" + names + "])"));
          }
          return out;
        },
        in ->
            List.of(
                error("ij,jk->ik", "'j' has the size 2 in operand 1", in.any(2, 3), in.any(2, 2)),
                error("ij->k", "'k' of the output is in no operand", in.any(2, 3)),
                error("ij->ii", "'i' appears twice in the output", in.any(2, 3)),
                error("ijk", "names 3 dimensions, but its shape is [2, 3]", in.any(2, 3)),
                error(
                    "ii->i",
                    "'i' has the size 3 in operand 0 of shape [2, 3], but 2 before",
                    in.any(2, 3)),
                error("ii->i", "repeated in operand 0 with the sizes 1 and 3", in.any(1, 3)),
                error("i1->i", "'1' in the subscript of operand 0", in.any(2, 3)),
                error("ij,jk->ik", "2 subscripts for 1 operands", in.any(2, 3))));
  }

  private static ErrorSample error(String equation, String text, Tensor... operands) {
    return ErrorSample.composed(
        x -> Tensor.einsum(equation, x), ShapeException.class, text, operands);
  }

  private static OpInfo tensordot() {
    return new OpInfo(
        "tensordot",
        andComplex(NUMBERS),
        in ->
            List.of(
                Sample.composed(x -> x[0].tensordot(x[1], 2), in.any(2, 3, 2), in.any(3, 2, 2))
                    .peer("torch.tensordot(x0, x1, [1, 2], [0, 1])"),
                Sample.composed(x -> x[0].tensordot(x[1], 0), in.any(2), in.any(2, 2))
                    .peer("x0.unsqueeze(-1).unsqueeze(-1) * x1"),
                Sample.composed(
                        x -> x[0].tensordot(x[1], Dim.of(0, 2), Dim.of(1, -1)),
                        in.any(2, 2, 3),
                        in.any(2, 2, 3))
                    .peer("torch.tensordot(x0, x1, [0, 2], [1, -1])")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].tensordot(x[1], 1),
                    ShapeException.class,
                    "must be of one size",
                    in.any(2, 3),
                    in.any(2, 2)),
                ErrorSample.composed(
                    x -> x[0].tensordot(x[1], Dim.of(0, 0), Dim.of(0, 1)),
                    ShapeException.class,
                    "appears twice",
                    in.any(2, 3),
                    in.any(2, 2))));
  }

  private static OpInfo kron() {
    return OpInfo.of(
        "kron",
        andComplex(ALL),
        in ->
            List.of(
                Sample.composed(x -> x[0].kron(x[1]), in.any(2, 3), in.any(3, 2))
                    .peer("torch.kron(x0.contiguous(), x1.contiguous())"),
                Sample.composed(x -> x[0].kron(x[1]), in.any(2), in.any(2, 1, 2))
                    .peer("torch.kron(x0.contiguous(), x1.contiguous())"),
                Sample.composed(x -> x[0].outer(x[1]), in.any(2), in.any(3))
                    .peer("torch.outer(x0, x1)"),
                Sample.composed(x -> x[0].kron(x[1]), in.any(), in.any(2))
                    .peer("torch.kron(x0.contiguous(), x1.contiguous())")));
  }

  private static OpInfo cross() {
    return new OpInfo(
        "cross",
        andComplex(NUMBERS),
        in ->
            List.of(
                Sample.composed(x -> x[0].cross(x[1]), in.any(2, 3, 3), in.any(2, 3, 3))
                    .peer("torch.cross(x0, x1)"),
                Sample.composed(x -> Linalg.cross(x[0], x[1]), in.any(2, 1, 3), in.any(1, 2, 3))
                    .peer("torch.linalg.cross(x0, x1)"),
                Sample.composed(x -> x[0].cross(x[1], 0), in.any(3, 2), in.transposed(3, 2))
                    .peer("torch.cross(x0, x1, dim=0)")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Linalg.cross(x[0], x[1]),
                    ShapeException.class,
                    "must have the size 3",
                    in.any(2, 2),
                    in.any(2, 2))));
  }

  private static OpInfo diagonals() {
    return new OpInfo(
        "diagonals",
        andComplex(ALL),
        in ->
            List.of(
                Sample.composed(x -> x[0].diag(), in.any(3, 2)).peer("torch.diag(x0)"),
                Sample.composed(x -> x[0].diag(-1), in.any(3)).peer("torch.diag(x0, -1)"),
                Sample.composed(x -> x[0].diagflat(1), in.any(2, 2)).peer("torch.diagflat(x0, 1)"),
                Sample.composed(x -> x[0].trace(), in.any(3, 3)).peer("torch.trace(x0)"),
                Sample.composed(x -> Linalg.diagonal(x[0]), in.any(2, 3, 2))
                    .peer("torch.linalg.diagonal(x0)")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].trace(), ShapeException.class, "expects a matrix", in.any(2)),
                ErrorSample.composed(
                    x -> x[0].diag(), ShapeException.class, "a vector or a matrix", in.any())));
  }

  private static OpInfo grids() {
    return new OpInfo(
        "grids",
        andComplex(ALL),
        in ->
            List.of(
                Sample.composed(
                        x -> Tensor.stack(0, Tensor.meshgrid(x)), in.any(2), in.any(), in.any(3))
                    .peer("torch.stack(torch.meshgrid([x0, x1, x2], indexing='ij'))"),
                Sample.composed(
                        x -> Tensor.stack(0, Tensor.meshgrid(Tensor.Indexing.XY, x)),
                        in.any(2),
                        in.any(3))
                    .peer("torch.stack(torch.meshgrid([x0, x1], indexing='xy'))"),
                Sample.composed(x -> Tensor.cartesianProd(x), in.any(2), in.any(3))
                    .peer("torch.cartesian_prod([x0, x1])"),
                Sample.composed(x -> Tensor.combinations(x[0]), in.any(4))
                    .peer("torch.combinations(x0)"),
                Sample.composed(
                        x -> Tensor.combinations(x[0], 3, Tensor.Replacement.WITH), in.any(3))
                    .peer("torch.combinations(x0, 3, True)"),
                Sample.composed(
                        x -> Tensor.combinations(x[0], 3, Tensor.Replacement.WITHOUT), in.any(2))
                    .peer("torch.combinations(x0, 3)"),
                Sample.composed(
                        x -> Tensor.blockDiag(x), in.any(2, 1), in.any(2), in.any(), in.any(1, 3))
                    .peer("torch.block_diag([x0, x1, x2, x3])")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Tensor.blockDiag(x),
                    ShapeException.class,
                    "at most 2 dimensions",
                    in.any(2, 2, 2)),
                ErrorSample.composed(
                    x -> Tensor.cartesianProd(x),
                    ShapeException.class,
                    "expects vectors",
                    in.any(2, 2))));
  }

  private static OpInfo vander() {
    String reason = "PyTorch changes in place what its gradient needs, and fails";
    return OpInfo.of(
        "vander",
        LAPACK,
        in ->
            List.of(
                Sample.composed(x -> Tensor.vander(x[0]), in.any(3))
                    .peer("torch.vander(x0)")
                    .differs(Sample.Difference.Aspect.GRADIENT, reason),
                Sample.composed(x -> Tensor.vander(x[0], 2), in.any(3))
                    .peer("torch.vander(x0, 2)")
                    .differs(Sample.Difference.Aspect.GRADIENT, reason),
                Sample.composed(x -> Linalg.vander(x[0], 4), in.any(2, 3))
                    .peer("torch.linalg.vander(x0, N=4)"),
                Sample.composed(x -> x[0].trace(), in.any(5, 2))
                    .peer("torch.trace(x0)")
                    .differs(
                        Sample.Difference.Aspect.GRADIENT,
                        "of tall matrices PyTorch's gradient begins a second diagonal")));
  }

  private static OpInfo vanderOfIntegers() {
    return OpInfo.of(
        "vander of integers",
        DTypes.BITS,
        in ->
            List.of(
                Sample.composed(x -> Tensor.vander(x[0]), in.any(3)).peer("torch.vander(x0)"),
                Sample.composed(x -> Linalg.vander(x[0], 4), in.any(2, 3))
                    .peer("torch.linalg.vander(" + wide(in, "x0") + ", N=4)")));
  }

  /** PyTorch's takes no bool. */
  private static String wide(SampleInputs in, String x) {
    return in.dtype() == DType.BOOL ? x + ".to(torch.int64)" : x;
  }

  private static OpInfo chain() {
    return new OpInfo(
        "multi_dot",
        andComplex(NUMBERS),
        in ->
            List.of(
                Sample.composed(
                        x -> Tensor.chainMatmul(x), in.any(2, 3), in.any(3, 1), in.any(1, 4))
                    .peer("torch.linalg.multi_dot([x0, x1, x2])"),
                Sample.composed(x -> Linalg.multiDot(x), in.any(3), in.any(3, 2), in.any(2))
                    .peer("torch.linalg.multi_dot([x0, x1, x2])"),
                Sample.composed(x -> Linalg.multiDot(x), in.any(2, 3), in.any(3))
                    .peer("torch.linalg.multi_dot([x0, x1])")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Linalg.multiDot(x),
                    ShapeException.class,
                    "does not fit",
                    in.any(2, 3),
                    in.any(2, 3))));
  }
}
