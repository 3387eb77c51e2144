package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The gradient of products along lines: for each element the product of the others, times g. */
final class ProdGradient {
  private record Key(DType dtype, Lines lines) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private ProdGradient() {}

  /**
   * @param x dense, of lines of {@code n} elements that lie {@code inner} apart
   * @param g dense, one for each line
   */
  static Tensor of(Tensor x, Tensor g, long n, long inner) {
    Tensor out = Tensor.allocate("PROD_BACKWARD", x.shape(), x.dtype(), x.device());
    if (x.elements() > 0) {
      Lines lines = Lines.of(n, inner);
      Executable kernel = KERNELS.computeIfAbsent(new Key(x.dtype(), lines), ProdGradient::build);
      long outer = x.elements() / (n * inner);
      lines.launch("prod", kernel, outer, n, inner, new Tensor[] {x, g, out});
    }
    return out;
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("prod_backward");
    int x = k.reads(key.dtype);
    int g = k.reads(key.dtype);
    int dx = k.writes(key.dtype);
    key.lines.build(k, line -> line(k, line, line.of(x), g, line.of(dx)));
    return k.build();
  }

  private static void line(RowKernel k, Lines.Line line, Elements x, int g, Elements dx) {
    Type t = x.type();
    Expr zero = constant(t, 0);
    Expr one = constant(t, 1);
    List<Expr> all =
        x.fold(
            line.n(),
            List.of(one, zero),
            i -> {
              Expr none = eq(x.at(i), zero);
              return List.of(select(none, one, x.at(i)), select(none, one, zero));
            },
            (a, b) -> List.of(mul(a.get(0), b.get(0)), add(a.get(1), b.get(1))));
    Expr scaled = k.let("scaled", mul(all.get(0), k.at(g, line.number(), t)));
    Expr zeros = all.get(1);
    dx.map(
        line.n(),
        i -> {
          Expr value = x.at(i);
          Expr none = eq(value, zero);
          // The only 0 of its line gets the product of the others, which then get nothing.
          Expr alone = select(and(none, eq(zeros, one)), scaled, zero);
          return select(eq(zeros, zero), div(scaled, value), alone);
        });
  }
}
