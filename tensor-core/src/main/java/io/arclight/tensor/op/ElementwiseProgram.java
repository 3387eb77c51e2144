package io.arclight.tensor.op;

import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An elementwise expression with everything made from it: a kernel for each combination of memory
 * layouts, and the gradient programs. Interned by expression, so that the caches are shared.
 *
 * <p>Complex operands and outputs are pairs of real ones: an expression for each part of the
 * output, over inputs that are numbered by parts.
 */
final class ElementwiseProgram {
  /** A slope that there is not. */
  static final Expr UNDEFINED = new Expr.Var("undefined", Type.BOOL);

  /**
   * @param widths parts of each operand: 2 where it is complex, else 1
   */
  private record Identity(
      String name,
      List<Expr> exprs,
      List<Integer> widths,
      List<Expr> slopes,
      ComplexRules.Gradient pairGradient) {}

  private static final Map<Identity, ElementwiseProgram> ALL = new ConcurrentHashMap<>();

  private final String name;
  private final List<Expr> exprs;
  private final List<Integer> widths;
  private final boolean pairs;
  private final List<Expr> slopes;
  private final ComplexRules.Gradient pairGradient;
  private final Type[] params;
  private final Map<Long, Executable> kernels = new ConcurrentHashMap<>();
  private volatile ElementwiseGradient[] gradients;

  private volatile long lastKey = -1;
  private volatile Executable last;

  private ElementwiseProgram(Identity id) {
    this.name = id.name;
    this.exprs = id.exprs;
    this.widths = id.widths;
    this.pairs = exprs.size() > 1 || widths.contains(2);
    this.slopes = id.slopes;
    this.pairGradient = id.pairGradient;
    this.params = params(id.exprs);
  }

  /**
   * @param slopes the derivatives by input where they are not symbolic, else null; the input after
   *     the last stands for the output in them
   */
  static ElementwiseProgram of(String name, Expr expr, int inputs, Expr... slopes) {
    List<Expr> given =
        slopes.length == 0 ? Collections.nCopies(inputs, null) : Arrays.asList(slopes);
    return ALL.computeIfAbsent(
        new Identity(name, List.of(expr), Collections.nCopies(inputs, 1), given, null),
        ElementwiseProgram::new);
  }

  /** Over pairs; {@code gradient} is null where it is to be derived. */
  static ElementwiseProgram ofPairs(
      String name, List<Expr> exprs, List<Integer> widths, ComplexRules.Gradient gradient) {
    return ALL.computeIfAbsent(
        new Identity(name, exprs, widths, Collections.nCopies(widths.size(), null), gradient),
        ElementwiseProgram::new);
  }

  String name() {
    return name;
  }

  /** The parts of the output. */
  List<Expr> exprs() {
    return exprs;
  }

  /** Number of operands. */
  int inputs() {
    return widths.size();
  }

  /** Parts of each operand. */
  List<Integer> widths() {
    return widths;
  }

  /** The derivative by an input where it is not symbolic, or null. */
  Expr slope(int input) {
    return slopes.get(input);
  }

  /** The gradient of a complex operand where it is not derived, or null. */
  ComplexRules.Gradient pairGradient() {
    return pairGradient;
  }

  Type[] params() {
    return params;
  }

  private static Type[] params(List<Expr> exprs) {
    List<Type> found = new ArrayList<>();
    for (Expr e : exprs) {
      Exprs.substitute(
          e,
          x -> {
            if (x instanceof Expr.Param p) {
              while (found.size() <= p.index()) {
                found.add(p.type());
              }
              found.set(p.index(), p.type());
            }
            return x;
          });
    }
    return found.toArray(new Type[0]);
  }

  /** Computes {@code out}, to whose shape the operands broadcast. */
  void run(Tensor out, Tensor[] operands, List<Number> scalars) {
    if (out.elements() == 0) {
      return;
    }
    if (pairs) {
      runPairs(out, operands, scalars);
    } else {
      launch(out, operands, scalars);
    }
  }

  private void runPairs(Tensor out, Tensor[] operands, List<Number> scalars) {
    List<Tensor> parts = new ArrayList<>();
    if (exprs.size() > 1) {
      parts.add(Pairs.part(out, 1));
    }
    for (int i = 0; i < operands.length; i++) {
      Tensor t = operands[i];
      if (widths.get(i) == 1) {
        parts.add(t);
      } else if (t.dtype().isComplex()) {
        parts.add(Pairs.part(t, 0));
        parts.add(Pairs.part(t, 1));
      } else {
        parts.add(t);
        parts.add(Tensor.zeros(Shape.SCALAR, t.dtype(), t.device()));
      }
    }
    launch(exprs.size() > 1 ? Pairs.part(out, 0) : out, parts.toArray(new Tensor[0]), scalars);
  }

  private void launch(Tensor out, Tensor[] operands, List<Number> scalars) {
    Loops loops = Loops.of(out, operands);
    long[] slots = new long[params.length + loops.parameters()];
    for (int i = 0; i < params.length; i++) {
      slots[i] = Scalars.bits(params[i], scalars.get(i));
    }
    loops.fill(slots, params.length);
    Tensor[] buffers = new Tensor[operands.length + 1];
    buffers[0] = out;
    System.arraycopy(operands, 0, buffers, 1, operands.length);
    kernel(loops, buffers).launch(name, loops.rows(), loops.rowWork(), buffers, slots, null);
  }

  private Executable kernel(Loops loops, Tensor[] buffers) {
    long key = loops.key();
    if (key == lastKey) {
      Executable hit = last;
      // A concurrent writer may have replaced `last` after `lastKey` was read.
      if (hit != null && hit.key() == key) {
        return hit;
      }
    }
    Executable found =
        kernels.computeIfAbsent(
            key, k -> new Executable(ElementwiseKernel.build(this, loops, buffers), k));
    last = found;
    lastKey = key;
    return found;
  }

  boolean savesInput(int i) {
    for (int k = 0; k < inputs(); k++) {
      if (gradient(k).usesInput(i)) {
        return true;
      }
    }
    return false;
  }

  ElementwiseGradient gradient(int input) {
    ElementwiseGradient[] all = gradients;
    if (all == null) {
      all = new ElementwiseGradient[inputs()];
      for (int i = 0; i < all.length; i++) {
        all[i] = ElementwiseGradient.of(this, i);
      }
      gradients = all;
    }
    return all[input];
  }
}
