package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.and;
import static io.arclight.tensor.ir.Exprs.bitcast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.ge;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.int32;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.shl;
import static io.arclight.tensor.ir.Exprs.sub;
import static io.arclight.tensor.ir.Exprs.ushr;

import java.util.List;

/**
 * Rewrites loads and stores of F16 and BF16 elements to those of 16-bit integers, converted by
 * integer operations, so that every reader gives the same bits on every processor: compilers' own
 * conversions call libraries, which kernels cannot. Where the reader's processor converts F16
 * itself, with the same bits, it reads the elements as they are; what is only moved is a load as
 * I32.
 */
final class Halves {
  private static final int SINGLE_INFINITY = 0x7f800000;
  private static final int HALF_INFINITY = 0x7c00;

  /** The bit of a NaN that processors set where they convert it. */
  private static final int QUIET = 0x400000;

  private final List<Kernel.Buffer> buffers;
  private final HalfConversion conversion;

  Halves(List<Kernel.Buffer> buffers, HalfConversion conversion) {
    this.buffers = buffers;
    this.conversion = conversion;
  }

  private boolean rewritten(Type type) {
    return type == Type.BF16 || type == Type.F16 && conversion == HalfConversion.INTEGERS;
  }

  /** The buffers as the rewritten kernel sees them. */
  List<Kernel.Buffer> buffers() {
    return buffers.stream()
        .map(b -> rewritten(b.type()) ? new Kernel.Buffer(Type.I16, b.access()) : b)
        .toList();
  }

  private Type type(int buffer) {
    return buffers.get(buffer).type();
  }

  /** What takes the place of a load. */
  Expr load(Expr.Load l) {
    Type type = type(l.buffer());
    if (!rewritten(type) || l.type() != Type.F32) {
      return l;
    }
    return type == Type.F16 ? fromHalf(bits(l)) : bitcast(Type.F32, shl(bits(l), int32(16)));
  }

  /** What is stored in {@code buffer} in the place of {@code value}. */
  Expr stored(int buffer, Expr value) {
    Type type = type(buffer);
    if (!type.isHalf()) {
      return value;
    }
    Expr moved = moved(type, value);
    if (moved != null || !rewritten(type)) {
      return moved != null ? moved : value;
    }
    return type == Type.F16 ? toHalf(value) : toBrain(value);
  }

  private static Expr bits(Expr.Load l) {
    return new Expr.Load(l.buffer(), l.index(), Type.I32);
  }

  /** The bits of a value that is only moved from elements of the same type, else null. */
  private Expr moved(Type type, Expr value) {
    if (value instanceof Expr.Load l && type(l.buffer()) == type) {
      return bits(l);
    } else if (value instanceof Expr.Select s) {
      Expr then = moved(type, s.then());
      Expr otherwise = then == null ? null : moved(type, s.otherwise());
      return otherwise == null ? null : new Expr.Select(s.condition(), then, otherwise);
    }
    return null;
  }

  private static Expr fromHalf(Expr bits) {
    Expr magnitude = and(bits, int32(0x7fff));
    Expr shifted = shl(magnitude, int32(13));
    // The exponents' biases differ by 112; the product is exact, and normal where the half is not.
    Expr number = bitcast(Type.I32, mul(bitcast(Type.F32, shifted), constant(Type.F32, 0x1p112)));
    Expr special = or(shifted, int32(SINGLE_INFINITY));
    Expr quiet = select(gt(magnitude, int32(HALF_INFINITY)), int32(QUIET), int32(0));
    Expr absolute = select(lt(magnitude, int32(HALF_INFINITY)), number, or(special, quiet));
    return bitcast(Type.F32, or(absolute, shl(and(bits, int32(0x8000)), int32(16))));
  }

  private static Expr toHalf(Expr value) {
    Expr bits = bitcast(Type.I32, value);
    Expr magnitude = and(bits, int32(0x7fffffff));
    Expr even = and(ushr(magnitude, int32(13)), int32(1));
    Expr rounded = add(add(magnitude, even), int32(0xfff - (112 << 23)));
    Expr normal = ushr(rounded, int32(13));
    // Added to 0.5, whose last bit has the weight of the least half, the addition rounds.
    Expr half = constant(Type.F32, 0.5);
    Expr sum = bitcast(Type.I32, add(bitcast(Type.F32, magnitude), half));
    Expr subnormal = sub(sum, bitcast(Type.I32, half));
    Expr number = select(lt(magnitude, int32(113 << 23)), subnormal, normal);
    Expr quiet = or(and(ushr(magnitude, int32(13)), int32(0x1ff)), int32(0x7e00));
    Expr special = select(gt(magnitude, int32(SINGLE_INFINITY)), quiet, int32(HALF_INFINITY));
    Expr absolute = select(ge(magnitude, int32(143 << 23)), special, number);
    return or(absolute, and(ushr(bits, int32(16)), int32(0x8000)));
  }

  private static Expr toBrain(Expr value) {
    Expr bits = bitcast(Type.I32, value);
    Expr high = ushr(bits, int32(16));
    Expr rounded = ushr(add(add(bits, and(high, int32(1))), int32(0x7fff)), int32(16));
    Expr nan = gt(and(bits, int32(0x7fffffff)), int32(SINGLE_INFINITY));
    return select(nan, or(high, int32(0x40)), rounded);
  }
}
