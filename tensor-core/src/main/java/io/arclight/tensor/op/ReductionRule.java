package io.arclight.tensor.op;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;

/**
 * What a reduction means: runs of elements become tuples, tuples of neighbouring runs merge, and
 * the last one gives the outputs.
 */
interface ReductionRule {

  /** The types of a tuple. */
  List<Type> types();

  /**
   * The tuple of {@code n} elements, at most 2^31, of which the first is number {@code first} of
   * the whole.
   */
  List<Expr> part(Elements x, Expr n, Expr first);

  List<Expr> merge(List<Expr> earlier, List<Expr> later);

  /** The outputs, from the tuple of all {@code n} elements. */
  List<Expr> finish(List<Expr> tuple, Expr n);
}
