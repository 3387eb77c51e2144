package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.Combine;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ValuesIndices;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import io.arclight.tensor.op.ScanOp.Direction;

/** What writing at indices shares, whatever the indices look like. */
final class ScatterRules {
  /** Elements of a row that one thread writes, so that each element's writes stay in order. */
  static final long CHUNK = 1024;

  private ScatterRules() {}

  static void requireKernel(Combine combine) {
    if (combine == Combine.MEAN) {
      throw new IllegalArgumentException("MEAN is a sum and a division");
    }
  }

  /**
   * @throws DTypeException for combinations that complex numbers do not have
   */
  static void requireDefined(String op, Combine combine, DType dtype) {
    if (dtype.isComplex() && combine != Combine.REPLACE && combine != Combine.SUM) {
      throw new DTypeException(
          op + ": " + combine + " is not defined for " + dtype + ": use REPLACE or SUM");
    }
  }

  /** The element {@code old} after {@code value} was written to it. */
  static Expr combined(Combine combine, Expr old, Expr value) {
    boolean bool = old.type() == Type.BOOL;
    return switch (combine) {
      case REPLACE -> value;
      case SUM -> bool ? or(old, value) : add(old, value);
      case PROD -> bool ? and(old, value) : mul(old, value);
      case AMAX -> max(old, value);
      case AMIN -> min(old, value);
      case MEAN -> throw new IllegalArgumentException("MEAN is a sum and a division");
    };
  }

  /** Values to write: dense, or one for all places. */
  record Values(Tensor tensor, boolean single) {
    static Values of(Tensor values, Shape shape, Tensor target) {
      Tensor v = values.detach();
      Layout wide = v.layout().expand(shape);
      boolean single = true;
      for (int d = 0; d < shape.rank(); d++) {
        single &= shape.dim(d) == 1 || wide.strides()[d] == 0;
      }
      if (single) {
        v = v.withLayout(new Layout(Shape.of(1), new long[] {1}, wide.offset()));
      } else {
        v = v.withLayout(wide).contiguous();
      }
      return new Values(v.storage() == target.storage() ? v.copy() : v, single);
    }
  }

  /** One way to write at indices, and to read there. */
  interface Places {
    /** {@code base} with {@code values}, or one value, written. */
    Tensor put(Combine combine, Tensor base, Tensor values);

    Tensor take(Tensor from);
  }

  static boolean savesOperands(Combine combine) {
    return combine != Combine.REPLACE && combine != Combine.SUM;
  }

  static boolean savesOutput(Combine combine) {
    return combine == Combine.AMAX || combine == Combine.AMIN;
  }

  /**
   * The gradients of the tensor and of the values.
   *
   * @param values the input that they are
   * @param read the part of the values that was written, from 0 on in every dimension; or null
   */
  static Tensor[] vjp(Combine combine, Vjp saved, Tensor g, int values, Shape read, Places at) {
    switch (combine) {
      case REPLACE -> {
        Tensor zero = Tensor.full(Shape.SCALAR, 0, g.dtype(), g.device());
        return new Tensor[] {
          saved.needs(0) ? at.put(Combine.REPLACE, g, zero) : null,
          saved.needs(values) ? at.take(g) : null
        };
      }
      case SUM -> {
        return new Tensor[] {g, saved.needs(values) ? at.take(g) : null};
      }
      case PROD -> {
        Tensor x = saved.input(0);
        Tensor v = part(saved.input(values), read);
        return RowOps.recording() && x.elements() > 0
            ? exactProduct(x, v, g, at)
            : product(x, v, g, at);
      }
      default -> {
        // Equal extremes share the gradient.
        Tensor out = saved.output(0);
        Tensor x = saved.input(0).eq(out).to(g.dtype());
        Tensor v = at.take(out).eq(part(saved.input(values), read)).to(g.dtype());
        Tensor share = g.div(at.put(Combine.SUM, x, v));
        return new Tensor[] {share.mul(x), at.take(share).mul(v)};
      }
    }
  }

  /** The part of {@code values} of shape {@code read}; a number is for all places. */
  static Tensor part(Tensor values, Shape read) {
    Tensor out = values;
    for (int d = 0; read != null && d < values.rank(); d++) {
      out = out.dim(d) == read.dim(d) ? out : out.narrow(d, 0, read.dim(d));
    }
    return out;
  }

  /**
   * A factor's gradient is the product of the others: by division, but for a zero; not
   * differentiable.
   */
  private static Tensor[] product(Tensor x, Tensor v, Tensor g, Places at) {
    Tensor noX = x.eq(0);
    Tensor noV = v.eq(0);
    Tensor zeros = at.put(Combine.SUM, noX.to(g.dtype()), noV.to(g.dtype()));
    Tensor factorX = x.maskedFill(noX, 1);
    Tensor factorV = v.maskedFill(noV, 1);
    Tensor whole = at.put(Combine.PROD, factorX, factorV);
    return new Tensor[] {
      g.mul(others(whole, factorX, noX, zeros)),
      at.take(g).mul(others(at.take(whole), factorV, noV, at.take(zeros)))
    };
  }

  private static Tensor others(Tensor whole, Tensor factor, Tensor isZero, Tensor zeros) {
    Tensor alone = zeros.eq(1).logicalAnd(isZero);
    Tensor quotient = whole.div(factor);
    Tensor orNone = whole.maskedFill(alone.logicalNot(), 0);
    return quotient.where(zeros.eq(0), orNone);
  }

  /**
   * The same as products of all before and all behind among the factors of an element, which can be
   * differentiated again.
   */
  private static Tensor[] exactProduct(Tensor x, Tensor v, Tensor g, Places at) {
    Tensor own = Tensor.arange(0, x.elements(), 1, DType.INT64, x.device()).reshape(x.shape());
    Tensor to = at.take(own);
    ValuesIndices runs = Tensor.cat(0, own.flatten(), to.flatten()).sort();
    Tensor all = Tensor.cat(0, x.flatten(), v.expand(to.shape()).flatten());
    Tensor factors = all.gather(0, runs.indices());
    Tensor others =
        productsBefore(factors, runs.values(), Direction.FORWARD)
            .mul(productsBefore(factors, runs.values(), Direction.REVERSE));
    Tensor back = all.zerosLike().scatter(0, runs.indices(), others);
    Tensor ofX = back.narrow(0, 0, x.elements()).reshape(x.shape());
    Tensor ofV = back.narrow(0, x.elements(), to.elements()).reshape(to.shape());
    return new Tensor[] {g.mul(ofX), at.take(g).mul(ofV)};
  }

  /** For each factor the product of those before it, seen in this direction, of its run. */
  private static Tensor productsBefore(Tensor factors, Tensor runs, Direction direction) {
    Tensor first = runs.ne(RecurrenceOp.shifted(runs, 0, direction.opposite(), -1));
    Tensor previous = RecurrenceOp.shifted(factors, 0, direction.opposite(), 0);
    return Tensor.apply(
        new RecurrenceOp(0, direction, RecurrenceOp.Zero.STARTS_ANEW),
        previous.maskedFill(first, 0),
        first.to(factors.dtype()));
  }
}
