package io.arclight.tensor.ir;

import io.arclight.tensor.ir.Evaluator.Action;
import io.arclight.tensor.ir.Evaluator.DoubleValue;
import io.arclight.tensor.ir.Evaluator.LongValue;
import java.util.ArrayList;
import java.util.List;

/** Compiles statements to closures. */
final class StmtCompiler {
  private final Kernel kernel;
  private final ExprCompiler exprs;

  StmtCompiler(Kernel kernel, ExprCompiler exprs) {
    this.kernel = kernel;
    this.exprs = exprs;
  }

  CompiledKernel compile() {
    int row = exprs.declare(kernel.row(), 1);
    Action body = block(kernel.body());
    int arguments = kernel.errorSlot() + 1;
    return (args, begin, end) -> {
      Frame frame = exprs.frame(arguments);
      for (int i = 0; i < arguments; i++) {
        frame.args[i] = RawMemory.int64(args + 8L * i);
      }
      for (long r = begin; r < end; r++) {
        frame.row = r;
        frame.longs[row] = r;
        body.run(frame);
      }
    };
  }

  private Action block(List<? extends Stmt> statements) {
    List<Action> actions = new ArrayList<>();
    for (Stmt statement : statements) {
      actions.add(statement(statement));
    }
    return sequence(actions);
  }

  private static Action sequence(List<Action> actions) {
    if (actions.size() == 1) {
      return actions.get(0);
    }
    Action[] array = actions.toArray(Action[]::new);
    return f -> {
      for (Action action : array) {
        action.run(f);
      }
    };
  }

  private Action statement(Stmt statement) {
    if (statement instanceof Stmt.Let let) {
      return let(let);
    } else if (statement instanceof Stmt.Store store) {
      return store(store);
    } else if (statement instanceof Stmt.Vector vector) {
      LongValue extent = exprs.integer(vector.extent());
      int index = exprs.declare(vector.index(), 1);
      Action body = block(vector.body());
      return f -> {
        long n = extent.of(f);
        for (long i = 0; i < n; i++) {
          f.longs[index] = i;
          body.run(f);
        }
      };
    } else if (statement instanceof Stmt.Serial serial) {
      return serial(serial);
    } else if (statement instanceof Stmt.Reduce reduce) {
      return reduce(reduce);
    }
    throw new IllegalArgumentException("unknown statement " + statement);
  }

  private Action let(Stmt.Let let) {
    if (let.var().type() != let.value().type()) {
      throw new IllegalArgumentException(
          "let " + let.var() + " bound to a value of type " + let.value().type());
    }
    DoubleValue real = let.var().type().isFloat() ? exprs.real(let.value()) : null;
    LongValue integer = real == null ? exprs.integer(let.value()) : null;
    int slot = exprs.declare(let.var(), 1);
    return real != null ? f -> f.doubles[slot] = real.of(f) : f -> f.longs[slot] = integer.of(f);
  }

  private Action store(Stmt.Store store) {
    int buffer = store.buffer();
    Type type = kernel.buffers().get(buffer).type();
    if (store.value().type() != type.value()) {
      throw new IllegalArgumentException(
          "store of " + store.value().type() + " into buffer " + buffer + " of type " + type);
    }
    LongValue index = exprs.integer(store.index());
    if (type.isFloat()) {
      DoubleValue value = exprs.real(store.value());
      return type == Type.F32
          ? f -> RawMemory.putFloat32(f.args[buffer] + 4 * index.of(f), (float) value.of(f))
          : f -> RawMemory.putFloat64(f.args[buffer] + 8 * index.of(f), value.of(f));
    }
    LongValue value = exprs.integer(store.value());
    return switch (type.bytes()) {
      case 8 -> f -> RawMemory.putInt64(f.args[buffer] + 8 * index.of(f), value.of(f));
      case 4 -> f -> RawMemory.putInt32(f.args[buffer] + 4 * index.of(f), (int) value.of(f));
      default -> f -> RawMemory.putInt8(f.args[buffer] + index.of(f), (byte) value.of(f));
    };
  }

  private Action serial(Stmt.Serial serial) {
    LongValue extent = exprs.integer(serial.extent());
    List<Expr> inits = new ArrayList<>();
    List<Expr> nexts = new ArrayList<>();
    int[] slots = new int[serial.carried().size()];
    for (int i = 0; i < slots.length; i++) {
      Stmt.Carried carried = serial.carried().get(i);
      slots[i] = exprs.declare(carried.var(), 1);
      inits.add(carried.init());
      nexts.add(carried.next());
    }
    int index = exprs.declare(serial.index(), 1);
    Action init = assignAll(inits, slots);
    Action body = block(serial.body());
    Action next = assignAll(nexts, slots);
    return f -> {
      long n = extent.of(f);
      init.run(f);
      for (long i = 0; i < n; i++) {
        f.longs[index] = i;
        body.run(f);
        next.run(f);
      }
    };
  }

  private Action reduce(Stmt.Reduce reduce) {
    LongValue extent = exprs.integer(reduce.extent());
    int index = exprs.declare(reduce.index(), 1);
    int width = reduce.results().size();
    Type[] types = new Type[width];
    int[] lanes = new int[width];
    int[] left = new int[width];
    int[] right = new int[width];
    int[] results = new int[width];
    for (int i = 0; i < width; i++) {
      types[i] = reduce.results().get(i).type();
      lanes[i] = exprs.reserve(types[i], Kernel.LANES);
      left[i] = exprs.declare(reduce.combine().left().get(i), 1);
      right[i] = exprs.declare(reduce.combine().right().get(i), 1);
      results[i] = exprs.declare(reduce.results().get(i), 1);
    }
    Action identity = assignAll(reduce.identity(), left);
    Action body = block(reduce.body());
    Action values = assignAll(reduce.values(), right);
    // Gives its output in the slots of the left tuple.
    Action combine =
        sequence(List.of(block(reduce.combine().body()), assignAll(reduce.combine().out(), left)));
    Tuples tuples = new Tuples(types);
    return f -> {
      long n = extent.of(f);
      identity.run(f);
      tuples.copy(f, left, 0, results, 0);
      for (long start = 0; start < n; start += Kernel.BLOCK) {
        identity.run(f);
        for (int lane = 0; lane < Kernel.LANES; lane++) {
          tuples.copy(f, left, 0, lanes, lane);
        }
        long end = Math.min(n, start + Kernel.BLOCK);
        for (long i = start; i < end; i++) {
          int lane = (int) (i % Kernel.LANES);
          f.longs[index] = i;
          body.run(f);
          values.run(f);
          tuples.copy(f, lanes, lane, left, 0);
          combine.run(f);
          tuples.copy(f, left, 0, lanes, lane);
        }
        for (int half = Kernel.LANES / 2; half > 0; half /= 2) {
          for (int lane = 0; lane < half; lane++) {
            tuples.copy(f, lanes, lane, left, 0);
            tuples.copy(f, lanes, lane + half, right, 0);
            combine.run(f);
            tuples.copy(f, left, 0, lanes, lane);
          }
        }
        if (start == 0) {
          tuples.copy(f, lanes, 0, results, 0);
        } else {
          tuples.copy(f, results, 0, left, 0);
          tuples.copy(f, lanes, 0, right, 0);
          combine.run(f);
          tuples.copy(f, left, 0, results, 0);
        }
      }
    };
  }

  /** Evaluates all expressions, then assigns them. */
  private Action assignAll(List<Expr> values, int[] slots) {
    Type[] types = new Type[slots.length];
    int[] fresh = new int[slots.length];
    List<Action> actions = new ArrayList<>();
    for (int i = 0; i < slots.length; i++) {
      types[i] = values.get(i).type();
      // A single value needs no place to wait for the others.
      fresh[i] = slots.length == 1 ? slots[i] : exprs.reserve(types[i], 1);
      actions.add(assign(values.get(i), fresh[i]));
    }
    if (slots.length > 1) {
      Tuples tuples = new Tuples(types);
      actions.add(f -> tuples.copy(f, fresh, 0, slots, 0));
    }
    return sequence(actions);
  }

  private Action assign(Expr value, int slot) {
    if (value.type().isFloat()) {
      DoubleValue v = exprs.real(value);
      return f -> f.doubles[slot] = v.of(f);
    }
    LongValue v = exprs.integer(value);
    return f -> f.longs[slot] = v.of(f);
  }

  /** Copies tuples between slots of a frame. */
  private record Tuples(Type[] types) {
    void copy(Frame f, int[] from, int fromOffset, int[] to, int toOffset) {
      for (int i = 0; i < types.length; i++) {
        if (types[i].isFloat()) {
          f.doubles[to[i] + toOffset] = f.doubles[from[i] + fromOffset];
        } else {
          f.longs[to[i] + toOffset] = f.longs[from[i] + fromOffset];
        }
      }
    }
  }
}
