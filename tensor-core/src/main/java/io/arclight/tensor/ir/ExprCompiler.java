package io.arclight.tensor.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles expressions to {@link Step}s over the registers of a {@link Frame}.
 *
 * <p>F32 values are carried as doubles and rounded after each operation. For +, -, *, / and square
 * root of floats, rounding to double first and to float afterwards gives the float result, because
 * 53 >= 2 * 24 + 2.
 */
final class ExprCompiler {
  private final List<Kernel.Buffer> buffers;
  private final Expr.Var row;
  private final boolean oracle;
  private final Map<String, Place> places = new HashMap<>();
  private final Map<Expr, Integer> constants = new HashMap<>();
  private final Map<Integer, Integer> params = new HashMap<>();
  private final List<Step> prepare = new ArrayList<>();
  private int longRegisters;
  private int doubleRegisters;
  private List<Step> steps = new ArrayList<>();
  private Batch batch;

  /** With {@code oracle}, F32 results are not rounded. */
  ExprCompiler(List<Kernel.Buffer> buffers, Expr.Var row, boolean oracle) {
    this.buffers = buffers;
    this.row = row;
    this.oracle = oracle;
  }

  /** A variable's register, and the batch that it varies in; null for one value a row. */
  private record Place(int register, Batch batch) {}

  /** Code that handles many elements at once; {@code entry} spreads single values over them. */
  static final class Batch {
    private final List<Step> entry = new ArrayList<>();
    private final Map<String, Integer> spread = new HashMap<>();
    Step enter;
    Step body;
  }

  Frame frame(int arguments) {
    Frame frame = new Frame(longRegisters, doubleRegisters, arguments);
    constants.forEach(
        (constant, register) -> {
          if (constant instanceof Expr.Real r) {
            double value = r.type() == Type.F32 ? (float) r.value() : r.value();
            Arrays.fill(frame.doubles[register], value);
          } else {
            Arrays.fill(frame.longs[register], ((Expr.Int) constant).value());
          }
        });
    return frame;
  }

  /** The steps that read the parameters, to be run first. */
  Step prepare() {
    return Step.sequence(prepare);
  }

  void emit(Step step) {
    steps.add(step);
  }

  /** The steps that {@code body} emits. */
  Step block(Runnable body) {
    List<Step> outer = steps;
    steps = new ArrayList<>();
    body.run();
    Step block = Step.sequence(steps);
    steps = outer;
    return block;
  }

  /** The steps that {@code body} emits, to be run for many elements at once. */
  Batch batch(Runnable body) {
    if (batch != null) {
      throw new IllegalArgumentException("a loop within code that has none");
    }
    Batch inner = new Batch();
    batch = inner;
    inner.body = block(body);
    inner.enter = Step.sequence(inner.entry);
    batch = null;
    return inner;
  }

  /** Binds a variable to a register of its own. */
  int declare(Expr.Var variable) {
    int register = register(variable.type());
    bind(variable, register);
    return register;
  }

  /** As {@link #declare} for a variable that a batch before had, too. */
  int redeclare(Expr.Var variable) {
    places.remove(variable.name());
    return declare(variable);
  }

  /** Gives a name to a register. */
  void bind(Expr.Var variable, int register) {
    if (places.putIfAbsent(variable.name(), new Place(register, batch)) != null) {
      throw new IllegalArgumentException(
          "variable " + variable.name() + " is bound twice in one kernel; rename one");
    }
  }

  int register(Type type) {
    return type.isFloat() ? doubleRegisters++ : longRegisters++;
  }

  Step copy(Type type, int from, int to) {
    return type.isFloat()
        ? (f, n) -> System.arraycopy(f.doubles[from], 0, f.doubles[to], 0, n)
        : (f, n) -> System.arraycopy(f.longs[from], 0, f.longs[to], 0, n);
  }

  private int register(Expr.Var variable) {
    Place place = places.get(variable.name());
    if (place == null || (place.batch() != null && place.batch() != batch)) {
      throw new IllegalArgumentException(
          "variable " + variable.name() + " is used where it is not bound");
    }
    if (place.batch() == batch) {
      return place.register();
    }
    return batch.spread.computeIfAbsent(
        variable.name(),
        name -> {
          int to = register(variable.type());
          int from = place.register();
          batch.entry.add(
              variable.type().isFloat()
                  ? (f, n) -> Arrays.fill(f.doubles[to], f.doubles[from][0])
                  : (f, n) -> Arrays.fill(f.longs[to], f.longs[from][0]));
          return to;
        });
  }

  /** Emits the steps that compute {@code e} and returns the register with the result. */
  int compile(Expr e) {
    if (e instanceof Expr.Real || e instanceof Expr.Int) {
      return constants.computeIfAbsent(e, c -> register(c.type()));
    } else if (e instanceof Expr.Var v) {
      return register(v);
    } else if (e instanceof Expr.Param p) {
      return params.computeIfAbsent(p.index(), i -> param(p));
    }
    int[] operands = operands(e);
    int out = register(e.type());
    emit(step(e, operands, out));
    return out;
  }

  private int[] operands(Expr e) {
    List<Integer> registers = new ArrayList<>();
    Exprs.mapOperands(
        e,
        operand -> {
          registers.add(compile(operand));
          return operand;
        });
    return registers.stream().mapToInt(i -> i).toArray();
  }

  private Step step(Expr e, int[] in, int out) {
    Type type = e.type();
    if (e instanceof Expr.Unary u) {
      return u.a().type().isFloat()
          ? rounded(type, FloatOps.unary(u, in[0], out), out)
          : IntegerOps.unary(u, in[0], out);
    } else if (e instanceof Expr.Binary b) {
      if (b.b().type() != b.a().type()) {
        throw new IllegalArgumentException(
            b.op() + " of " + b.a().type() + " and " + b.b().type() + ": cast one of them");
      }
      return type.isFloat()
          ? rounded(type, FloatOps.binary(b, in[0], in[1], out), out)
          : IntegerOps.binary(b, in[0], in[1], out);
    } else if (e instanceof Expr.Compare c) {
      return c.a().type().isFloat()
          ? FloatOps.compare(c.op(), in[0], in[1], out)
          : IntegerOps.compare(c.op(), in[0], in[1], out);
    } else if (e instanceof Expr.Select) {
      return type.isFloat()
          ? FloatOps.select(in[0], in[1], in[2], out)
          : IntegerOps.select(in[0], in[1], in[2], out);
    } else if (e instanceof Expr.Fma) {
      return FloatOps.fma(type == Type.F32 && !oracle, in[0], in[1], in[2], out);
    } else if (e instanceof Expr.Cast c) {
      return Conversions.cast(c, type == Type.F32 && !oracle, in[0], out);
    } else if (e instanceof Expr.Bitcast b) {
      return Conversions.bitcast(b, in[0], out);
    } else if (e instanceof Expr.Load l) {
      Type element = buffers.get(l.buffer()).type();
      if (type != element.value()) {
        throw new IllegalArgumentException(
            "load of type " + type + " from buffer " + l.buffer() + " of type " + element);
      }
      return MemoryOps.load(l.buffer(), element, in[0], out);
    } else if (e instanceof Expr.Check c) {
      // In the order of the operands: ok, reported, value, fallback.
      emit(check(c.code(), in[0], in[1], register(row)));
      return type.isFloat()
          ? FloatOps.select(in[0], in[2], in[3], out)
          : IntegerOps.select(in[0], in[2], in[3], out);
    }
    throw unsupported(e);
  }

  private static Step check(ErrorCode code, int ok, int reported, int row) {
    return (f, n) -> {
      long[] flags = f.longs[ok];
      for (int i = 0; i < n; i++) {
        if (flags[i] == 0) {
          f.report(code, f.longs[row][i], f.longs[reported][i]);
          return;
        }
      }
    };
  }

  private int param(Expr.Param p) {
    int argument = buffers.size() + p.index();
    int out = register(p.type());
    prepare.add(
        switch (p.type()) {
          case F64 ->
              (f, n) -> Arrays.fill(f.doubles[out], Double.longBitsToDouble(f.args[argument]));
          case F32 ->
              (f, n) -> Arrays.fill(f.doubles[out], Float.intBitsToFloat((int) f.args[argument]));
          case I64 -> (f, n) -> Arrays.fill(f.longs[out], f.args[argument]);
          case I32 ->
              (f, n) -> {
                int value = (int) f.args[argument];
                Arrays.fill(f.longs[out], value);
              };
          case BOOL -> (f, n) -> Arrays.fill(f.longs[out], f.args[argument] != 0 ? 1 : 0);
          default -> throw unsupported(p);
        });
    return out;
  }

  private Step rounded(Type type, Step step, int out) {
    if (type != Type.F32 || oracle) {
      return step;
    }
    return (f, n) -> {
      step.run(f, n);
      double[] values = f.doubles[out];
      for (int i = 0; i < n; i++) {
        values[i] = (float) values[i];
      }
    };
  }

  static IllegalArgumentException unsupported(Expr e) {
    return new IllegalArgumentException(
        "no such operation on " + e.type() + ": " + e.getClass().getSimpleName());
  }
}
