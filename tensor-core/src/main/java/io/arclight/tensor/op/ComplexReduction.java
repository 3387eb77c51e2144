package io.arclight.tensor.op;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/** Reductions of complex tensors, by those of their parts. */
final class ComplexReduction {
  private ComplexReduction() {}

  static boolean defines(ReduceOp.Kind kind) {
    return switch (kind) {
      case SUM, MEAN, PROD, VAR, NORM, ANY, ALL -> true;
      default -> false;
    };
  }

  static Tensor run(ReduceOp.Kind kind, int[] over, Spec spec, Tensor x) {
    Tensor pairs = Pairs.of(x.detach());
    Spec parts = new Spec(paired(spec.shape()), pairs.dtype(), x.device());
    int last = x.rank();
    return switch (kind) {
      case SUM, MEAN -> Pairs.joined(Reduction.run(kind, over, parts, pairs));
      case NORM -> {
        int[] all = Arrays.copyOf(over, over.length + 1);
        all[over.length] = last;
        yield Reduction.run(kind, all, spec, pairs);
      }
      case VAR -> {
        Tensor both = Reduction.run(kind, over, parts, pairs);
        yield Reduction.run(ReduceOp.Kind.SUM, new int[] {both.rank() - 1}, spec, both);
      }
      case PROD -> product(over, spec, x.detach());
      case ANY, ALL -> {
        Op nonzero = Pointwise.NE.with(null, 0);
        yield Reduction.run(kind, over, spec, nonzero.eval(nonzero.infer(x), x)[0]);
      }
      default -> throw new IllegalStateException(kind.toString());
    };
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
