package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code x cos + turned(x) sin} for x [b, h, n, d], where {@code turned} gives (-second half, first
 * half) of a row; cosines and sines broadcast to x. INVERSE is its transpose.
 */
public record RotaryOp(Direction direction) implements Op {
  /** Which way pairs turn. */
  public enum Direction {
    FORWARD,
    INVERSE
  }

  private record Key(DType dtype, Direction direction) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  public RotaryOp() {
    this(Direction.FORWARD);
  }

  @Override
  public String name() {
    return "ROTARY";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.requireFloat("rotary", x);
    boolean fits = x.rank() == 4 && x.dim(3) % 2 == 0;
    for (int k = 1; fits && k < in.length; k++) {
      fits = in[k].rank() == 4 && in[k].dim(2) == x.dim(2) && in[k].dim(3) == x.dim(3);
      for (int d = 0; fits && d < 2; d++) {
        fits = in[k].dim(d) == 1 || in[k].dim(d) == x.dim(d);
      }
    }
    if (!fits) {
      throw new ShapeException(
          "rotary: cosines "
              + in[1].shape()
              + " and sines "
              + in[2].shape()
              + " must broadcast to "
              + x.shape()
              + ", [b, h, n, d] of an even d");
    }
    for (int k = 1; k < in.length; k++) {
      if (in[k].dtype() != x.dtype()) {
        throw new DTypeException(
            "rotary: angles are "
                + in[k].dtype()
                + " and the input "
                + x.dtype()
                + ": convert one with to(dtype)");
      }
      Elementwise.sameDevice("rotary", x, in[k]);
    }
    return List.of(new Spec(x.shape(), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Shape shape = in[0].shape();
    DType dtype = in[0].dtype();
    AttentionOperand x = AttentionOperand.of(in[0], dtype);
    AttentionOperand cos = AttentionOperand.mask(in[1], dtype, shape);
    AttentionOperand sin = AttentionOperand.mask(in[2], dtype, shape);
    AttentionOperand out = AttentionOperand.allocate(shape, dtype, in[0].device());
    long half = shape.dim(3) / 2;
    long[] params = new long[15];
    params[0] = half;
    params[1] = shape.dim(1);
    params[2] = shape.dim(2);
    int at = 3;
    for (AttentionOperand t : List.of(x, cos, sin, out)) {
      params[at++] = t.batch() / t.bytes();
      params[at++] = t.head() / t.bytes();
      params[at++] = t.row();
    }
    if (half > 0) {
      KERNELS
          .computeIfAbsent(new Key(dtype, direction), RotaryOp::build)
          .launch(
              "rotary",
              shape.elements() / (2 * half),
              2 * half,
              new Tensor[] {x.tensor(), cos.tensor(), sin.tensor(), out.tensor()},
              params,
              null);
    }
    return new Tensor[] {out.tensor()};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("rotary");
    int x = k.reads(key.dtype);
    int cos = k.reads(key.dtype);
    int sin = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Type t = k.type(x);
    Expr half = k.param(Type.I64);
    Expr heads = k.param(Type.I64);
    Expr rows = k.param(Type.I64);
    Expr n = k.let("n", rem(k.row, rows));
    Expr above = k.let("above", div(k.row, rows));
    Expr h = k.let("h", rem(above, heads));
    Expr b = k.let("b", div(above, heads));
    Expr[] base = new Expr[4];
    for (int i = 0; i < base.length; i++) {
      Expr batch = mul(b, k.param(Type.I64));
      Expr head = mul(h, k.param(Type.I64));
      base[i] = k.let("base", add(add(batch, head), mul(n, k.param(Type.I64))));
    }
    Expr.Var i = k.fresh("i", Type.I64);
    Expr j = add(i, half);
    Expr first = k.at(x, add(base[0], i), t);
    Expr second = k.at(x, add(base[0], j), t);
    Expr c1 = mul(first, k.at(cos, add(base[1], i), t));
    Expr c2 = mul(second, k.at(cos, add(base[1], j), t));
    Expr s1 = k.at(sin, add(base[2], i), t);
    Expr s2 = k.at(sin, add(base[2], j), t);
    boolean forward = key.direction == Direction.FORWARD;
    Expr y1 = forward ? sub(c1, mul(second, s1)) : add(c1, mul(second, s2));
    Expr y2 = forward ? add(c2, mul(first, s2)) : sub(c2, mul(first, s1));
    k.add(
        new Stmt.Vector(
            i,
            half,
            List.of(k.store(out, add(base[3], i), y1), k.store(out, add(base[3], j), y2))));
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean reads(int gradient, int input) {
    return gradient == 0 ? input > 0 : input == 0;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    boolean forward = direction == Direction.FORWARD;
    Direction back = forward ? Direction.INVERSE : Direction.FORWARD;
    Tensor[] out = new Tensor[3];
    if (saved.needs(0)) {
      out[0] = Tensor.apply(new RotaryOp(back), g, saved.input(1), saved.input(2));
    }
    if (saved.needs(1)) {
      out[1] = g.mul(saved.input(0));
    }
    if (saved.needs(2)) {
      Tensor x = saved.input(0);
      out[2] = forward ? g.mul(turned(x)) : turned(g).mul(x);
    }
    return out;
  }

  private static Tensor turned(Tensor x) {
    long half = x.dim(-1) / 2;
    return Tensor.cat(-1, x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half));
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor[] flat = new Tensor[in.length];
    long b = in[0].dim(batched[0] ? 1 : 0);
    for (int i = 0; i < in.length; i++) {
      Tensor all = Batching.batched(size, batched[i], in[i]);
      all = all.expand(size, b, all.dim(2), all.dim(3), all.dim(4));
      flat[i] = all.reshape(size * b, all.dim(2), all.dim(3), all.dim(4));
    }
    Tensor out = Tensor.apply(this, flat);
    return new Tensor[] {out.reshape(size, b, out.dim(1), out.dim(2), out.dim(3))};
  }

  static OpInfo info() {
    String twice =
        "x = torch.cat([x0, x0], -1); c = torch.cat([x1, x1], -1); s = torch.cat([x2, x2], -1); ";
    String peer = twice + "x * c + torch.cat([-x0, x0], -1) * s";
    RotaryOp op = new RotaryOp();
    return new OpInfo(
        "rotary",
        FLOATS,
        in ->
            List.of(
                Sample.of(op, in.any(2, 3, 2, 4), in.any(2, 1, 2, 4), in.any(1, 1, 2, 4))
                    .peer(
                        "h = x0.size(-1) // 2;"
                            + " turned = torch.cat([-x0.narrow(-1, h, h), x0.narrow(-1, 0, h)], -1);"
                            + " x0 * x1 + turned * x2"),
                Sample.composed(
                        x ->
                            Tensor.apply(
                                op,
                                Tensor.cat(-1, x[0], x[0]),
                                Tensor.cat(-1, x[1], x[1]),
                                Tensor.cat(-1, x[2], x[2])),
                        in.any(2, 3, 2, 4),
                        in.any(2, 1, 2, 4),
                        in.any(1, 1, 2, 4))
                    .peer(peer),
                Sample.of(
                        new RotaryOp(Direction.INVERSE),
                        in.any(1, 2, 1, 4),
                        in.any(1, 1, 1, 4),
                        in.any(1, 1, 1, 4))
                    .peer(
                        "h = x0.size(-1) // 2; y = x0 * x2;"
                            + " x0 * x1 + torch.cat([y.narrow(-1, h, h), -y.narrow(-1, 0, h)], -1)")),
        in ->
            List.of(
                ErrorSample.of(
                    op,
                    DTypeException.class,
                    "rotary: angles are float",
                    in.any(1, 1, 2, 4),
                    in.other().any(1, 1, 2, 4),
                    in.any(1, 1, 2, 4)),
                ErrorSample.of(
                    op,
                    ShapeException.class,
                    "must broadcast to [1, 1, 2, 3]",
                    in.any(1, 1, 2, 3),
                    in.any(1, 1, 2, 3),
                    in.any(1, 1, 2, 3))));
  }
}
