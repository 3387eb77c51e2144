package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.load;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.rem;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;

/** Makes the kernel of an elementwise program for one loop nest. */
final class ElementwiseKernel {
  private final ElementwiseProgram program;
  private final Loops loops;
  private final List<Type> params = new ArrayList<>();
  private final List<Stmt> body = new ArrayList<>();

  private ElementwiseKernel(ElementwiseProgram program, Loops loops) {
    this.program = program;
    this.loops = loops;
    params.addAll(List.of(program.params()));
  }

  static Kernel build(ElementwiseProgram program, Loops loops, Tensor[] buffers) {
    return new ElementwiseKernel(program, loops).build(buffers);
  }

  private Expr.Param next() {
    params.add(Type.I64);
    return new Expr.Param(params.size() - 1, Type.I64);
  }

  private Kernel build(Tensor[] buffers) {
    Expr.Var row = new Expr.Var("row", Type.I64);
    boolean flat = loops.rank() == 1;
    Expr.Var inner = flat ? row : new Expr.Var("i", Type.I64);
    Expr extent = null;
    Expr[] outer = new Expr[0];
    if (!flat) {
      Expr[] sizes = new Expr[loops.rank()];
      for (int d = 0; d < sizes.length; d++) {
        sizes[d] = next();
      }
      extent = sizes[sizes.length - 1];
      outer = decompose(row, sizes);
    }
    Expr[] index = new Expr[buffers.length];
    for (int b = 0; b < buffers.length; b++) {
      Expr base = int64(0);
      for (Expr o : outer) {
        base = add(base, mul(o, next()));
      }
      if (!flat) {
        Expr.Var v = new Expr.Var("base" + b, Type.I64);
        body.add(new Stmt.Let(v, base));
        base = v;
      }
      index[b] =
          switch (loops.kind(b)) {
            case 0 -> base;
            case 1 -> add(base, inner);
            case 3 -> sub(base, inner);
            default -> add(base, mul(inner, next()));
          };
    }
    List<Stmt> stores = stores(buffers, index);
    if (flat) {
      body.addAll(stores);
    } else {
      body.add(new Stmt.Vector(inner, extent, stores));
    }
    List<Kernel.Buffer> declared = new ArrayList<>();
    for (int b = 0; b < buffers.length; b++) {
      declared.add(
          new Kernel.Buffer(
              buffers[b].dtype().type(),
              b < program.exprs().size() ? Kernel.Access.WRITE : Kernel.Access.READ));
    }
    return new Kernel(program.name(), declared, params, row, flat, body);
  }

  private List<Stmt> stores(Tensor[] buffers, Expr[] index) {
    int outputs = program.exprs().size();
    List<Stmt> lets = new ArrayList<>();
    List<Stmt> stores = new ArrayList<>();
    for (int o = 0; o < outputs; o++) {
      Type memory = buffers[o].dtype().type();
      Expr value = convert(memory.value(), value(program.exprs().get(o), outputs, buffers, index));
      if (outputs > 1) {
        // All is computed before anything is stored, as an output may be an operand too.
        Expr.Var part = new Expr.Var("part" + o, value.type());
        lets.add(new Stmt.Let(part, value));
        value = part;
      }
      stores.add(new Stmt.Store(o, index[o], value));
    }
    lets.addAll(stores);
    return lets;
  }

  /** The expression with loads in the place of inputs, whose buffers follow the outputs'. */
  private static Expr value(Expr expr, int outputs, Tensor[] buffers, Expr[] index) {
    return Exprs.substitute(
        expr,
        e -> {
          if (!(e instanceof Expr.Input in)) {
            return e;
          }
          int b = in.index() + outputs;
          Type memory = buffers[b].dtype().type();
          return convert(in.type(), load(b, index[b], memory.value()));
        });
  }

  /** The indices of {@code row} in the outer dimensions. */
  private Expr[] decompose(Expr row, Expr[] sizes) {
    Expr[] outer = new Expr[sizes.length - 1];
    Expr rest = row;
    for (int d = outer.length - 1; d > 0; d--) {
      Expr.Var at = new Expr.Var("o" + d, Type.I64);
      Expr.Var left = new Expr.Var("r" + d, Type.I64);
      body.add(new Stmt.Let(at, rem(rest, sizes[d])));
      body.add(new Stmt.Let(left, div(rest, sizes[d])));
      outer[d] = at;
      rest = left;
    }
    outer[0] = rest;
    return outer;
  }

  private static Expr convert(Type to, Expr e) {
    return e.type() == to ? e : cast(to, e);
  }
}
