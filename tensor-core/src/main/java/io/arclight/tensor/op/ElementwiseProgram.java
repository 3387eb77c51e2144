package io.arclight.tensor.op;

import io.arclight.tensor.Executable;
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
 */
final class ElementwiseProgram {
  /** A slope that there is not. */
  static final Expr UNDEFINED = new Expr.Var("undefined", Type.BOOL);

  private record Identity(String name, Expr expr, int inputs, List<Expr> slopes) {}

  private static final Map<Identity, ElementwiseProgram> ALL = new ConcurrentHashMap<>();

  private final String name;
  private final Expr expr;
  private final int inputs;
  private final List<Expr> slopes;
  private final Type[] params;
  private final Map<Long, Executable> kernels = new ConcurrentHashMap<>();
  private volatile ElementwiseGradient[] gradients;

  private volatile long lastKey = -1;
  private volatile Executable last;

  private ElementwiseProgram(Identity id) {
    this.name = id.name;
    this.expr = id.expr;
    this.inputs = id.inputs;
    this.slopes = id.slopes;
    this.params = params(id.expr);
  }

  /**
   * @param slopes the derivatives by input where they are not symbolic, else null; the input after
   *     the last stands for the output in them
   */
  static ElementwiseProgram of(String name, Expr expr, int inputs, Expr... slopes) {
    List<Expr> given =
        slopes.length == 0 ? Collections.nCopies(inputs, null) : Arrays.asList(slopes);
    return ALL.computeIfAbsent(new Identity(name, expr, inputs, given), ElementwiseProgram::new);
  }

  String name() {
    return name;
  }

  Expr expr() {
    return expr;
  }

  int inputs() {
    return inputs;
  }

  /** The derivative by an input where it is not symbolic, or null. */
  Expr slope(int input) {
    return slopes.get(input);
  }

  Type[] params() {
    return params;
  }

  private static Type[] params(Expr e) {
    List<Type> found = new ArrayList<>();
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
    return found.toArray(new Type[0]);
  }

  /** Computes {@code out}, to whose shape the operands broadcast. */
  void run(Tensor out, Tensor[] operands, List<Number> scalars) {
    if (out.elements() == 0) {
      return;
    }
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
    for (int k = 0; k < inputs; k++) {
      if (gradient(k).usesInput(i)) {
        return true;
      }
    }
    return false;
  }

  ElementwiseGradient gradient(int input) {
    ElementwiseGradient[] all = gradients;
    if (all == null) {
      all = new ElementwiseGradient[inputs];
      for (int i = 0; i < inputs; i++) {
        all[i] = ElementwiseGradient.of(this, i);
      }
      gradients = all;
    }
    return all[input];
  }
}
