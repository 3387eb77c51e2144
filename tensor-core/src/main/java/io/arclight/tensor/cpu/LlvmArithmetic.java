package io.arclight.tensor.cpu;

import static io.arclight.tensor.cpu.LlvmBuilder.notExpanded;
import static io.arclight.tensor.cpu.LlvmBuilder.type;

import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Expr.CompareOp;
import io.arclight.tensor.ir.Expr.UnaryOp;
import io.arclight.tensor.ir.Type;

/** Emits single operations with the meaning that the IR gives them. */
final class LlvmArithmetic {
  private final LlvmExprs exprs;
  private final LlvmBuilder out;

  LlvmArithmetic(LlvmExprs exprs, LlvmBuilder out) {
    this.exprs = exprs;
    this.out = out;
  }

  LlvmValue unary(UnaryOp op, LlvmValue a) {
    Type type = a.type();
    return switch (op) {
      case NEG -> type.isFloat() ? apply(type, "fneg", a) : binary(BinaryOp.SUB, zero(type), a);
      case ABS -> type.isFloat() ? intrinsic("fabs", type, a) : integerAbs(a);
      case SQRT -> intrinsic("sqrt", type, a);
      case FLOOR -> intrinsic("floor", type, a);
      case CEIL -> intrinsic("ceil", type, a);
      case TRUNC -> intrinsic("trunc", type, a);
      case RINT -> intrinsic("roundeven", type, a);
      case NOT -> apply(type, "xor", a, LlvmValue.uniform(type, type == Type.BOOL ? "true" : "-1"));
      case IS_NAN -> apply(Type.BOOL, "fcmp uno", a, a);
      case EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, TANH, ERF -> throw notExpanded(op);
    };
  }

  LlvmValue binary(BinaryOp op, LlvmValue a, LlvmValue b) {
    Type type = a.type();
    if (type != b.type()) {
      throw new IllegalArgumentException(
          op + " of " + type + " and " + b.type() + ": cast one of them");
    }
    if (a.isLinear() || b.isLinear()) {
      LlvmValue linear = linear(op, a, b);
      if (linear != null) {
        return linear;
      }
    }
    boolean real = type.isFloat();
    return switch (op) {
      case ADD -> apply(type, real ? "fadd" : "add", a, b);
      case SUB -> apply(type, real ? "fsub" : "sub", a, b);
      case MUL -> apply(type, real ? "fmul" : "mul", a, b);
      case DIV -> real ? apply(type, "fdiv", a, b) : divide(a, b);
      case REM -> real ? apply(type, "frem", a, b) : remainder(a, b);
      case MIN, MAX -> extremum(op, a, b);
      case AND -> apply(type, "and", a, b);
      case OR -> apply(type, "or", a, b);
      case XOR -> apply(type, "xor", a, b);
      case SHL -> apply(type, "shl", a, shiftAmount(b));
      case SHR -> apply(type, "ashr", a, shiftAmount(b));
      case USHR -> apply(type, "lshr", a, shiftAmount(b));
      case COPYSIGN -> intrinsic("copysign", type, a, b);
      case POW, ATAN2 -> throw notExpanded(op);
    };
  }

  /** Sums and multiples of evenly growing indices grow evenly. */
  private LlvmValue linear(BinaryOp op, LlvmValue a, LlvmValue b) {
    boolean even = (a.isUniform() || a.isLinear()) && (b.isUniform() || b.isLinear());
    boolean scaled = op == BinaryOp.MUL && (a.isUniform() || b.isUniform());
    if (!even || !(op == BinaryOp.ADD || op == BinaryOp.SUB || scaled)) {
      return null;
    }
    String first = index(op, a.text(), b.text());
    String stride =
        scaled
            ? a.isLinear() ? index(op, a.stride(), b.text()) : index(op, a.text(), b.stride())
            : index(op, stride(a), stride(b));
    return LlvmValue.linear(exprs.lanes(), first, stride);
  }

  private static String stride(LlvmValue value) {
    return value.isLinear() ? value.stride() : "0";
  }

  /** A scalar I64 operation, folded if both sides are constants. */
  private String index(BinaryOp op, String a, String b) {
    if (!a.startsWith("%") && !b.startsWith("%")) {
      long x = Long.parseLong(a);
      long y = Long.parseLong(b);
      return Long.toString(op == BinaryOp.ADD ? x + y : op == BinaryOp.SUB ? x - y : x * y);
    }
    boolean same = op == BinaryOp.MUL ? b.equals("1") : b.equals("0");
    boolean swapped = op == BinaryOp.MUL ? a.equals("1") : op == BinaryOp.ADD && a.equals("0");
    String name = op == BinaryOp.ADD ? "add" : op == BinaryOp.SUB ? "sub" : "mul";
    return same ? a : swapped ? b : out.pure("{} i64 {}, {}", name, a, b);
  }

  LlvmValue compare(CompareOp op, LlvmValue a, LlvmValue b) {
    if (a.type().isFloat()) {
      String predicate =
          switch (op) {
            case EQ -> "oeq";
            case NE -> "une";
            case LT -> "olt";
            case LE -> "ole";
            case GT -> "ogt";
            case GE -> "oge";
          };
      return apply(Type.BOOL, "fcmp ".concat(predicate), a, b);
    }
    String sign = a.type() == Type.BOOL ? "u" : "s";
    String predicate =
        switch (op) {
          case EQ -> "eq";
          case NE -> "ne";
          case LT -> sign.concat("lt");
          case LE -> sign.concat("le");
          case GT -> sign.concat("gt");
          case GE -> sign.concat("ge");
        };
    return apply(Type.BOOL, "icmp ".concat(predicate), a, b);
  }

  LlvmValue unsignedLess(LlvmValue a, LlvmValue b) {
    return apply(Type.BOOL, "icmp ult", a, b);
  }

  LlvmValue select(LlvmValue condition, LlvmValue then, LlvmValue otherwise) {
    if (then.equals(otherwise)) {
      return then;
    }
    boolean uniform = condition.isUniform() && then.isUniform() && otherwise.isUniform();
    int width = uniform ? 1 : exprs.lanes();
    String type = type(then.type(), width);
    String mask = type(Type.BOOL, condition.isUniform() ? 1 : width);
    return new LlvmValue(
        then.type(),
        width,
        out.pure(
            "select {} {}, {} {}, {} {}",
            mask,
            condition.text(),
            type,
            text(then, width),
            type,
            text(otherwise, width)),
        null);
  }

  LlvmValue cast(Type to, LlvmValue a) {
    Type from = a.type();
    if (from == to) {
      return a;
    } else if (to == Type.BOOL) {
      return compare(CompareOp.NE, a, zero(from));
    } else if (from == Type.BOOL) {
      return convert(to.isFloat() ? "uitofp" : "zext", to, a);
    } else if (from.isFloat()) {
      return to.isFloat() ? convert(to == Type.F64 ? "fpext" : "fptrunc", to, a) : saturate(to, a);
    } else if (to.isFloat()) {
      return convert("sitofp", to, a);
    }
    return convert(to == Type.I64 ? "sext" : "trunc", to, a);
  }

  private LlvmValue saturate(Type to, LlvmValue a) {
    int width = a.lanes();
    String result = type(to, width);
    String name = "llvm.fptosi.sat." + suffix(to, width) + "." + suffix(a.type(), width);
    return new LlvmValue(
        to,
        width,
        out.pure("call {} @{}({} {})", result, name, type(a.type(), width), a.text()),
        null);
  }

  LlvmValue convert(String instruction, Type to, LlvmValue a) {
    int width = a.lanes();
    return new LlvmValue(
        to,
        width,
        out.pure(
            "{} {} {} to {}", instruction, type(a.type(), width), text(a, width), type(to, width)),
        null);
  }

  /** Calls the LLVM intrinsic {@code name}, overloaded on {@code type}. */
  LlvmValue intrinsic(String name, Type type, LlvmValue... operands) {
    int width = width(operands);
    String llvmType = type(type, width);
    String list = list(llvmType, width, operands);
    String suffix = suffix(type, width);
    return new LlvmValue(
        type, width, out.pure("call {} @llvm.{}.{}({})", llvmType, name, suffix, list), null);
  }

  /** An instruction with one or two operands of one type. */
  private LlvmValue apply(Type result, String instruction, LlvmValue... operands) {
    int width = width(operands);
    String list = list("", width, operands);
    String operandType = type(operands[0].type(), width);
    return new LlvmValue(result, width, out.pure("{} {} {}", instruction, operandType, list), null);
  }

  /** The operands with commas between them, each after {@code type}. */
  private String list(String type, int width, LlvmValue... operands) {
    StringBuilder list = new StringBuilder();
    for (LlvmValue operand : operands) {
      list.append(list.length() == 0 ? "" : ", ").append(type).append(' ');
      list.append(text(operand, width));
    }
    return list.toString();
  }

  private int width(LlvmValue... operands) {
    for (LlvmValue operand : operands) {
      if (!operand.isUniform()) {
        return exprs.lanes();
      }
    }
    return 1;
  }

  private String text(LlvmValue value, int width) {
    return width == 1 ? value.text() : exprs.vector(value);
  }

  private LlvmValue extremum(BinaryOp op, LlvmValue a, LlvmValue b) {
    Type type = a.type();
    boolean less = op == BinaryOp.MIN;
    if (type == Type.BOOL) {
      return apply(type, less ? "and" : "or", a, b);
    }
    LlvmValue first = compare(less ? CompareOp.LT : CompareOp.GT, a, b);
    LlvmValue number = select(first, a, b);
    // In this form the first select is one instruction of x86.
    return type.isFloat() ? select(unary(UnaryOp.IS_NAN, a), a, number) : number;
  }

  private LlvmValue integerAbs(LlvmValue a) {
    LlvmValue negative = compare(CompareOp.LT, a, zero(a.type()));
    return select(negative, unary(UnaryOp.NEG, a), a);
  }

  private LlvmValue shiftAmount(LlvmValue amount) {
    int mask = amount.type() == Type.I64 ? 63 : 31;
    if (isConstant(amount)) {
      long shift = Long.parseLong(amount.text()) & mask;
      return LlvmValue.uniform(amount.type(), Long.toString(shift));
    }
    return apply(
        amount.type(), "and", amount, LlvmValue.uniform(amount.type(), Integer.toString(mask)));
  }

  // LLVM's division is undefined for a divisor of 0 and for the smallest number by -1.
  private LlvmValue divide(LlvmValue a, LlvmValue b) {
    if (isPositive(b)) {
      return apply(a.type(), "sdiv", a, b);
    }
    LlvmValue quotient = apply(a.type(), "sdiv", a, safeDivisor(b));
    LlvmValue negated = select(isMinusOne(b), unary(UnaryOp.NEG, a), quotient);
    return select(isZero(b), zero(a.type()), negated);
  }

  private LlvmValue remainder(LlvmValue a, LlvmValue b) {
    // Dividing by 1 gives the remainder 0 that is due in both cases.
    return apply(a.type(), "srem", a, isPositive(b) ? b : safeDivisor(b));
  }

  private LlvmValue safeDivisor(LlvmValue b) {
    LlvmValue unsafe = apply(Type.BOOL, "or", isZero(b), isMinusOne(b));
    return select(unsafe, LlvmValue.uniform(b.type(), "1"), b);
  }

  private LlvmValue isZero(LlvmValue b) {
    return compare(CompareOp.EQ, b, zero(b.type()));
  }

  private LlvmValue isMinusOne(LlvmValue b) {
    return compare(CompareOp.EQ, b, LlvmValue.uniform(b.type(), "-1"));
  }

  private static boolean isPositive(LlvmValue b) {
    return isConstant(b) && Long.parseLong(b.text()) > 0;
  }

  private static boolean isConstant(LlvmValue a) {
    return a.isUniform() && !a.text().startsWith("%");
  }

  private static LlvmValue zero(Type type) {
    return LlvmValue.uniform(type, type.isFloat() ? "0x0000000000000000" : "0");
  }

  static String suffix(Type type, int width) {
    return width == 1 ? suffix(type) : LlvmBuilder.fill("v{}{}", width, suffix(type));
  }

  /** LLVM's name of a memory type in the name of an intrinsic. */
  static String suffix(Type type) {
    return switch (type) {
      case F64 -> "f64";
      case F32 -> "f32";
      case I64 -> "i64";
      case I32 -> "i32";
      case I16, F16 -> "i16";
      case I8, U8, BOOL -> "i8";
      case BF16 -> throw notExpanded(type);
    };
  }
}
