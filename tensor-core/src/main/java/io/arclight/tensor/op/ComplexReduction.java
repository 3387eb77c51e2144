package io.arclight.tensor.op;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Reductions of complex tensors, by those of their parts. */
final class ComplexReduction {
  private ComplexReduction() {}

  static boolean defines(ReduceOp.Kind kind) {
    return switch (kind) {
      case SUM, MEAN, PROD, VAR, STD, NORM, LOGSUMEXP, ANY, ALL, COUNT_NONZERO -> true;
      default -> false;
    };
  }

  static Tensor[] run(ReduceOp op, int[] over, List<Spec> specs, Tensor x) {
    return switch (op.kind()) {
      case SUM, MEAN -> new Tensor[] {Pairs.joined(parts(op, over, specs.get(0), x))};
      case PROD -> new Tensor[] {product(over, specs.get(0), x.detach())};
      case NORM -> Reduction.run(op, over, specs, Matrices.run(Pointwise.ABS, x));
      case LOGSUMEXP -> new Tensor[] {logOfSum(op, specs.get(0), x.detach())};
      case VAR, STD -> {
        Tensor[] ofParts = moments(op, over, specs.get(0), x);
        Tensor variance = ofParts[0];
        if (op.kind() == ReduceOp.Kind.STD) {
          Pointwise.SQRT.evalInto(variance, variance);
        }
        yield new Tensor[] {variance, Pairs.joined(ofParts[1])};
      }
      case ANY, ALL, COUNT_NONZERO ->
          Reduction.run(op, over, specs, Matrices.run(Pointwise.NE.with(null, 0), x));
      default -> throw new IllegalStateException(op.toString());
    };
  }

  /** Exponentials of what is left of the greatest real part, so that none overflows. */
  private static Tensor logOfSum(ReduceOp op, Spec spec, Tensor x) {
    ReduceOp sum = new ReduceOp(ReduceOp.Kind.SUM, op.dims(), Dim.Keep.KEEP);
    Tensor shift = null;
    Tensor exponentials = x;
    if (x.elements() > 0) {
      ReduceOp most = new ReduceOp(ReduceOp.Kind.AMAX, op.dims(), Dim.Keep.KEEP);
      Tensor greatest = Matrices.run(most, Pairs.part(x, 0));
      Tensor infinite = Matrices.run(Pointwise.ISINF, greatest);
      Tensor none = Tensor.zeros(Shape.SCALAR, greatest.dtype(), greatest.device());
      Tensor finite = Matrices.run(Pointwise.WHERE, infinite, none, greatest);
      shift = Matrix.converted(finite, x.dtype());
      exponentials = Matrices.run(Pointwise.SUB, x, shift);
    }
    Tensor total = Matrices.run(sum, Matrices.run(Pointwise.EXP, exponentials));
    Tensor log = Matrices.run(Pointwise.LOG, total);
    Tensor out = shift == null ? log : Matrices.run(Pointwise.ADD, log, shift);
    return out.withLayout(out.layout().reshape(spec.shape()));
  }

  private static Tensor parts(ReduceOp op, int[] over, Spec spec, Tensor x) {
    Spec pairs = new Spec(paired(spec.shape()), spec.dtype().toReal(), spec.device());
    return Reduction.run(op, over, List.of(pairs), Pairs.of(x.detach()))[0];
  }

  /** The variance, which is that of the parts together, and the pairs of the mean. */
  private static Tensor[] moments(ReduceOp op, int[] over, Spec spec, Tensor x) {
    Spec pairs = new Spec(paired(spec.shape()), spec.dtype(), spec.device());
    ReduceOp each = new ReduceOp(ReduceOp.Kind.VAR, op.dims(), op.keep(), op.argument());
    Tensor[] both = Reduction.run(each, over, List.of(pairs, pairs), Pairs.of(x.detach()));
    ReduceOp sum = new ReduceOp(ReduceOp.Kind.SUM, Dim.of(-1), Dim.Keep.DROP);
    return new Tensor[] {Matrices.run(sum, both[0]), both[1]};
  }

  private static Shape paired(Shape shape) {
    long[] dims = Arrays.copyOf(shape.toArray(), shape.rank() + 1);
    dims[shape.rank()] = 2;
    return Shape.of(dims);
  }

  /** Of halves of the elements with each other, until one is left. */
  private static Tensor product(int[] over, Spec spec, Tensor x) {
    long n = Reduction.count(x.shape(), over);
    long rows = spec.shape().elements();
    if (n == 0) {
      return Tensor.full(spec.shape(), 1, spec.dtype(), spec.device());
    }
    Tensor dense = Reduction.rows(x, over);
    Tensor left = dense.withLayout(dense.layout().reshape(Shape.of(rows, n)));
    while (n > 1) {
      long half = n / 2;
      Tensor next = Tensor.allocate("PROD", Shape.of(rows, n - half), x.dtype(), x.device());
      Tensor paired = columns(next, 0, half);
      Pointwise.MUL.evalInto(paired, columns(left, 0, half), columns(left, half, 2 * half));
      if (n % 2 != 0) {
        Tensor odd = columns(next, half, half + 1);
        Pointwise.SECOND.evalInto(odd, odd, columns(left, n - 1, n));
      }
      left = next;
      n -= half;
    }
    return left.withLayout(left.layout().reshape(spec.shape()));
  }

  private static Tensor columns(Tensor t, long from, long to) {
    return t.withLayout(new ViewOp.Slice(1, from, to, 1).layout(t.layout()));
  }
}
