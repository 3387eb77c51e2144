package io.arclight.tensor.cpu;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.load;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Expr.CompareOp;
import io.arclight.tensor.ir.Expr.UnaryOp;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.KernelSample;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import io.arclight.tensor.memory.HalfFloats;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random well-typed kernels of every form, with data; the same for the same seed. */
final class RandomKernels {
  private static final List<Type> MEMORY =
      List.of(
          Type.F32, Type.F64, Type.I64, Type.I32, Type.U8, Type.BOOL, Type.I16, Type.I8, Type.F16,
          Type.BF16);
  private static final List<Type> VALUES =
      List.of(Type.F32, Type.F64, Type.I64, Type.I32, Type.BOOL);

  /** Turns of serial loops are fewer; an index may be greater than a row by as many. */
  private static final int TURNS = 5;

  private static final int INDICES = MEMORY.size();
  private static final int OUTPUTS = INDICES + 1;
  private static final Expr.Var ROW = new Expr.Var("row", Type.I64);

  private final Random random;
  private final int rows;
  private final int columns;
  private final List<Expr.Var> bound = new ArrayList<>();
  private int names;

  private RandomKernels(long seed) {
    random = new Random(seed);
    rows = 1 + random.nextInt(90);
    columns = 1 + random.nextInt(90);
  }

  static KernelSample of(long seed) {
    return new RandomKernels(seed).sample("random " + seed);
  }

  private int elements() {
    return rows * columns;
  }

  /** Enough for twice any index: a row and a turn, or two columns. */
  private int inputs() {
    return 2 * (2 * elements() + TURNS);
  }

  private KernelSample sample(String name) {
    boolean vectorRows = random.nextBoolean();
    List<Stmt> body = vectorRows ? element(ROW) : row();
    List<Kernel.Buffer> buffers = new ArrayList<>();
    List<Object> data = new ArrayList<>();
    for (Type type : MEMORY) {
      buffers.add(new Kernel.Buffer(type, Kernel.Access.READ));
      data.add(input(type, inputs()));
    }
    buffers.add(new Kernel.Buffer(Type.I64, Kernel.Access.READ));
    data.add(random.longs(inputs(), 0, elements()).toArray());
    for (Type type : MEMORY) {
      buffers.add(new Kernel.Buffer(type, Kernel.Access.WRITE));
      data.add(array(type, elements()));
    }
    List<Number> params = List.of(1.25, -3.5, 7L, 0, 1);
    List<Type> types = List.of(Type.F32, Type.F64, Type.I64, Type.I32, Type.BOOL);
    Kernel kernel = new Kernel(name, buffers, types, ROW, vectorRows, body);
    return new KernelSample(name, kernel, vectorRows ? elements() : rows, data, params);
  }

  /** Statements of a row of many elements. */
  private List<Stmt> row() {
    List<Stmt> body = new ArrayList<>();
    Expr start = mul(ROW, int64(columns));
    if (random.nextBoolean()) {
      body.add(reduce(start));
    }
    Expr.Var column = fresh("column", Type.I64);
    body.add(new Stmt.Vector(column, int64(columns), element(add(start, column))));
    return body;
  }

  /** Statements of one element. */
  private List<Stmt> element(Expr index) {
    List<Stmt> body = new ArrayList<>();
    int before = bound.size();
    for (int i = random.nextInt(3); i > 0; i--) {
      body.add(let(index));
    }
    if (random.nextInt(4) == 0) {
      body.add(serial(index));
    }
    if (random.nextInt(4) == 0) {
      body.add(reduce(random.nextBoolean() ? int64(0) : Exprs.rem(index, int64(columns))));
    }
    int output = random.nextInt(MEMORY.size());
    for (int i = 0; i < 1 + random.nextInt(2); i++) {
      int buffer = (output + i) % MEMORY.size();
      Expr value = expr(MEMORY.get(buffer).value(), index, 5);
      body.add(new Stmt.Store(OUTPUTS + buffer, index, value));
    }
    while (bound.size() > before) {
      bound.remove(bound.size() - 1);
    }
    return body;
  }

  private Stmt.Let let(Expr index) {
    Expr value = expr(type(), index, 4);
    Stmt.Let let = new Stmt.Let(fresh("let", value.type()), value);
    bound.add(let.var());
    return let;
  }

  private Stmt serial(Expr index) {
    Type type = type();
    Expr.Var turn = fresh("turn", Type.I64);
    Expr.Var carried = fresh("carried", type);
    Expr.Var steps = fresh("steps", Type.I64);
    Expr init = expr(type, index, 2);
    bound.add(carried);
    bound.add(turn);
    Expr next = expr(type, add(index, turn), 3);
    bound.remove(turn);
    bound.add(steps);
    return new Stmt.Serial(
        turn,
        int64(random.nextInt(TURNS)),
        List.of(
            new Stmt.Carried(carried, init, next),
            new Stmt.Carried(steps, int64(0), add(steps, int64(2)))),
        List.of());
  }

  private Stmt reduce(Expr start) {
    Type type = VALUES.get(random.nextInt(4));
    Expr.Var index = fresh("index", Type.I64);
    Expr.Var left = fresh("left", type);
    Expr.Var right = fresh("right", type);
    Expr.Var result = fresh("result", type);
    BinaryOp op = List.of(BinaryOp.ADD, BinaryOp.MAX, BinaryOp.MIN).get(random.nextInt(3));
    int extent = random.nextBoolean() ? columns : Math.min(elements(), 5000);
    int before = bound.size();
    Stmt.Let let = let(extent == columns ? add(start, index) : index);
    Expr value = expr(type, extent == columns ? add(start, index) : index, 3);
    while (bound.size() > before) {
      bound.remove(bound.size() - 1);
    }
    bound.add(result);
    return new Stmt.Reduce(
        index,
        int64(extent),
        List.of(let),
        List.of(value),
        List.of(result),
        List.of(constant(type, 0)),
        new Stmt.Combine(List.of(left), List.of(right), List.of(Exprs.binary(op, left, right))));
  }

  private Type type() {
    return VALUES.get(random.nextInt(VALUES.size()));
  }

  private Expr.Var fresh(String name, Type type) {
    return new Expr.Var(name + names++, type);
  }

  private Expr expr(Type type, Expr index, int depth) {
    if (depth == 0 || random.nextInt(8) == 0) {
      return leaf(type, index);
    }
    int next = depth - 1;
    int choice = random.nextInt(10);
    if (choice == 0) {
      return cast(type, expr(type(), index, next));
    } else if (choice == 1) {
      return select(expr(Type.BOOL, index, next), expr(type, index, next), expr(type, index, next));
    } else if (choice == 2) {
      return new Expr.Check(
          Exprs.TRUE, ErrorCode.NONE, index, expr(type, index, next), leaf(type, index));
    }
    if (type == Type.BOOL) {
      return bool(index, next, choice);
    }
    return type.isFloat() ? real(type, index, next, choice) : integer(type, index, next, choice);
  }

  private Expr bool(Expr index, int depth, int choice) {
    if (choice < 4) {
      return Exprs.isNan(expr(Type.F32, index, depth));
    } else if (choice < 6) {
      BinaryOp op = List.of(BinaryOp.AND, BinaryOp.OR, BinaryOp.XOR).get(random.nextInt(3));
      return Exprs.binary(op, expr(Type.BOOL, index, depth), expr(Type.BOOL, index, depth));
    }
    Type type = VALUES.get(random.nextInt(VALUES.size()));
    CompareOp op = CompareOp.values()[random.nextInt(CompareOp.values().length)];
    return Exprs.compare(op, expr(type, index, depth), expr(type, index, depth));
  }

  private Expr real(Type type, Expr index, int depth, int choice) {
    Expr a = expr(type, index, depth);
    if (choice < 5) {
      UnaryOp op = UnaryOp.values()[random.nextInt(UnaryOp.NOT.ordinal())];
      return Exprs.unary(op, a);
    }
    Expr b = expr(type, index, depth);
    if (choice == 5) {
      return Exprs.fma(a, b, expr(type, index, depth));
    } else if (choice == 6) {
      // The sign and payload of a NaN are not part of the promise.
      Expr number = select(Exprs.isNan(b), constant(type, -1), b);
      Type bits = type == Type.F32 ? Type.I32 : Type.I64;
      return random.nextBoolean()
          ? Exprs.copySign(a, number)
          : Exprs.bitcast(type, Exprs.bitcast(bits, number));
    }
    BinaryOp op = BinaryOp.values()[random.nextInt(BinaryOp.AND.ordinal())];
    return Exprs.binary(op, a, b);
  }

  private Expr integer(Type type, Expr index, int depth, int choice) {
    Expr a = expr(type, index, depth);
    if (choice < 4) {
      return Exprs.unary(List.of(UnaryOp.NEG, UnaryOp.ABS, UnaryOp.NOT).get(random.nextInt(3)), a);
    }
    BinaryOp op = BinaryOp.values()[random.nextInt(BinaryOp.COPYSIGN.ordinal())];
    return Exprs.binary(op, a, expr(type, index, depth));
  }

  private Expr leaf(Type type, Expr index) {
    List<Expr.Var> fitting = bound.stream().filter(v -> v.type() == type).toList();
    int choice = random.nextInt(8);
    if (choice < 2 && !fitting.isEmpty()) {
      return fitting.get(random.nextInt(fitting.size()));
    } else if (choice == 2) {
      return constant(type, random.nextInt(7) - 3);
    } else if (choice == 3) {
      return new Expr.Param(VALUES.indexOf(type), type);
    } else if (choice == 4 && type == Type.I64) {
      return index;
    }
    List<Type> holders = MEMORY.stream().filter(m -> m.value() == type).toList();
    Type memory = holders.get(random.nextInt(holders.size()));
    return load(MEMORY.indexOf(memory), place(index), type);
  }

  /** An index of an element: with a stride of 1, -1, 2 or 0, or anywhere. */
  private Expr place(Expr index) {
    return switch (random.nextInt(8)) {
      case 0 -> sub(int64(2 * elements() + TURNS), index);
      case 1 -> mul(index, int64(2));
      case 2 -> int64(random.nextInt(elements()));
      case 3 -> load(INDICES, index, Type.I64);
      default -> index;
    };
  }

  private Object input(Type type, int n) {
    Object array = array(type, n);
    for (int i = 0; i < n; i++) {
      double value = random.nextGaussian() * Math.pow(10, random.nextInt(4) - 1);
      switch (type) {
        case F32 -> ((float[]) array)[i] = random.nextInt(50) == 0 ? Float.NaN : (float) value;
        case F64 -> ((double[]) array)[i] = random.nextInt(50) == 0 ? -0.0 : value;
        case I64 -> ((long[]) array)[i] = random.nextLong() >> random.nextInt(64);
        case I32 -> ((int[]) array)[i] = random.nextInt() >> random.nextInt(32);
        case I16 -> ((short[]) array)[i] = (short) random.nextInt();
        case F16 -> ((short[]) array)[i] = HalfFloats.toFloat16((float) value);
        case BF16 -> ((short[]) array)[i] = HalfFloats.toBfloat16((float) value);
        case I8, U8 -> ((byte[]) array)[i] = (byte) random.nextInt();
        case BOOL -> ((byte[]) array)[i] = (byte) random.nextInt(2);
      }
    }
    return array;
  }

  private static Object array(Type type, int n) {
    return switch (type) {
      case F64 -> new double[n];
      case F32 -> new float[n];
      case I64 -> new long[n];
      case I32 -> new int[n];
      case F16, BF16, I16 -> new short[n];
      case I8, U8, BOOL -> new byte[n];
    };
  }
}
