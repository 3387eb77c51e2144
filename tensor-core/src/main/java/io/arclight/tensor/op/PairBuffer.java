package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.bitcast;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.shl;
import static io.arclight.tensor.ir.Exprs.sub;
import static io.arclight.tensor.ir.Exprs.ushr;

import io.arclight.tensor.DType;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;

/**
 * A kernel's buffer of complex numbers that lie as pairs. Those of float32 are moved as one integer
 * each, which takes a load and two shuffles where single parts would have to be gathered.
 *
 * @param swap 0, or 1 where the second of a pair is taken for the real part
 */
record PairBuffer(RowKernel k, int buffer, Type type, Expr swap) {

  static PairBuffer read(RowKernel k, DType dtype, Expr swap) {
    return new PairBuffer(k, k.reads(whole(dtype) ? DType.INT64 : dtype), dtype.type(), swap);
  }

  static PairBuffer written(RowKernel k, DType dtype, Expr swap) {
    return new PairBuffer(k, k.writes(whole(dtype) ? DType.INT64 : dtype), dtype.type(), swap);
  }

  private static boolean whole(DType dtype) {
    return dtype == DType.FLOAT32;
  }

  Butterfly.Complex at(Expr index) {
    if (type == Type.F32) {
      Expr pair = k.let("pair", k.at(buffer, index, Type.I64));
      Expr first = ushr(pair, mul(swap, int64(32)));
      Expr second = ushr(pair, mul(sub(int64(1), swap), int64(32)));
      return new Butterfly.Complex(k.let("x", half(first)), k.let("y", half(second)));
    }
    Expr at = mul(index, int64(2));
    return new Butterfly.Complex(
        k.let("x", k.at(buffer, add(at, swap), type)),
        k.let("y", k.at(buffer, add(at, sub(int64(1), swap)), type)));
  }

  private static Expr half(Expr bits) {
    return bitcast(Type.F32, cast(Type.I32, bits));
  }

  void store(Expr index, Expr re, Expr im) {
    if (type == Type.F32) {
      Expr first = shl(bits(re), mul(swap, int64(32)));
      Expr second = shl(bits(im), mul(sub(int64(1), swap), int64(32)));
      k.add(k.store(buffer, index, or(first, second)));
      return;
    }
    Expr at = mul(index, int64(2));
    Stmt.Store a = k.store(buffer, add(at, swap), re);
    k.add(a);
    k.add(k.store(buffer, add(at, sub(int64(1), swap)), im));
  }

  private static Expr bits(Expr value) {
    Expr wide = cast(Type.I64, bitcast(Type.I32, value));
    return io.arclight.tensor.ir.Exprs.and(wide, int64(0xffffffffL));
  }
}
