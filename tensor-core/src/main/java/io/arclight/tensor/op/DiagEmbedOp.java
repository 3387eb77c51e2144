package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Matrices of zeros in dimensions {@code dim1} and {@code dim2} with the last dimension as a
 * diagonal.
 */
public record DiagEmbedOp(long offset, int dim1, int dim2) implements Op {

  @Override
  public String name() {
    return "DIAG_EMBED";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    int rank = x.rank() + 1;
    if (x.rank() == 0) {
      throw new ShapeException("diagEmbed: needs at least one dimension, got a scalar");
    }
    int a = at(dim1, rank);
    int b = at(dim2, rank);
    if (a == b) {
      throw new ShapeException(
          "diagEmbed: dimensions " + dim1 + " and " + dim2 + " are one and the same of " + rank);
    }
    long n = x.dim(-1) + Math.abs(offset);
    List<Long> dims = new ArrayList<>();
    for (int i = 0, next = 0; i < rank; i++) {
      dims.add(i == a || i == b ? n : x.dim(next++));
    }
    long[] sizes = dims.stream().mapToLong(Long::longValue).toArray();
    return List.of(new Spec(Shape.of(sizes), x.dtype(), x.device()));
  }

  private static int at(int dim, int rank) {
    if (dim < -rank || dim >= rank) {
      throw new ShapeException(
          "diagEmbed: dimension " + dim + " is out of range for a result of rank " + rank);
    }
    return dim < 0 ? dim + rank : dim;
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    Tensor out = Tensor.allocate(name(), spec);
    Pointwise.SECOND.with(null, 0).evalInto(out, out);
    if (in[0].elements() > 0) {
      Tensor place = out.withLayout(diagonal(spec.shape()).layout(out.layout()));
      Pointwise.SECOND.evalInto(place, place, in[0]);
    }
    return new Tensor[] {out};
  }

  private DiagonalOp diagonal(Shape shape) {
    return new DiagonalOp(offset, at(dim1, shape.rank()), at(dim2, shape.rank()));
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {grads[0].diagonal(offset, dim1, dim2)};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Tensor.applyAll(
        new DiagEmbedOp(offset, dim1 < 0 ? dim1 : dim1 + 1, dim2 < 0 ? dim2 : dim2 + 1), in);
  }

  static OpInfo info() {
    return new OpInfo(
        "diag_embed",
        andComplex(ALL),
        in ->
            List.of(
                Sample.of(new DiagEmbedOp(0, -2, -1), in.any(2, 3)).peer("torch.diag_embed(x0)"),
                Sample.of(new DiagEmbedOp(1, 0, 2), in.transposed(2, 3))
                    .peer("torch.diag_embed(x0, 1, 0, 2)"),
                Sample.of(new DiagEmbedOp(-2, -1, -2), in.any(2))
                    .peer("torch.diag_embed(x0, -2, -1, -2)"),
                Sample.of(new DiagEmbedOp(0, -2, -1), in.any(2, 0)).peer("torch.diag_embed(x0)")),
        in ->
            List.of(
                ErrorSample.of(
                    new DiagEmbedOp(0, -2, -1),
                    ShapeException.class,
                    "needs at least one dimension",
                    in.any()),
                ErrorSample.of(
                    new DiagEmbedOp(0, 5, -1),
                    ShapeException.class,
                    "dimension 5 is out of range for a result of rank 2",
                    in.any(3)),
                ErrorSample.of(
                    new DiagEmbedOp(0, 1, -1),
                    ShapeException.class,
                    "one and the same",
                    in.any(3))));
  }
}
