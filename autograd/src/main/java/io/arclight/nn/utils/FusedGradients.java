package io.arclight.nn.utils;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.ge;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.isNan;
import static io.arclight.tensor.ir.Exprs.load;
import static io.arclight.tensor.ir.Exprs.max;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Segment;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Gradients of one dtype and device; each method is one launch over all of them. */
final class FusedGradients {
  private record Place(DType dtype, Device device) {}

  private static final Expr.Var ROW = new Expr.Var("row", Type.I64);
  private static final Map<DType, Executable> SQUARES = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> LARGEST = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> SCALE = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> LIMIT = new ConcurrentHashMap<>();

  private final Place place;
  private final List<Tensor> grads = new ArrayList<>();

  private FusedGradients(Place place) {
    this.place = place;
  }

  /** By dtype and device. */
  static Collection<FusedGradients> of(List<Tensor> gradients) {
    Map<Place, FusedGradients> out = new LinkedHashMap<>();
    gradients.stream()
        .map(grad -> grad.isComplex() ? grad.detach().viewAsReal() : grad)
        .forEach(
            grad ->
                out.computeIfAbsent(new Place(grad.dtype(), grad.device()), FusedGradients::new)
                    .grads
                    .add(grad));
    return out.values();
  }

  /**
   * The sum of the squares of all elements, a scalar: of each gradient by blocks in the layout of
   * all reductions, then of the blocks.
   */
  Tensor sumOfSquares() {
    return reduced(SQUARES, "grad_squares", FusedGradients::squares).sum();
  }

  /** The largest of all sizes, a scalar; NaN if there is one. */
  Tensor largest() {
    return reduced(LARGEST, "grad_largest", FusedGradients::largest).amax(Dim.ALL, Dim.Keep.DROP);
  }

  /** One number for each block of each gradient. */
  private Tensor reduced(
      Map<DType, Executable> kernels, String name, Function<DType, Executable> kernel) {
    long blocks = grads.stream().mapToLong(FusedGradients::blocks).sum();
    DType wide = place.dtype.accumulator();
    Tensor sums = Tensor.allocate(name, Shape.of(blocks), wide, place.device);
    List<Segment> segments = new ArrayList<>(grads.size());
    long elements = 0;
    long first = 0;
    for (Tensor grad : grads) {
      long[] params = {grad.elements(), first};
      segments.add(new Segment(blocks(grad), new Tensor[] {grad.contiguous(), sums}, params));
      elements += grad.elements();
      first += blocks(grad);
    }
    kernels
        .computeIfAbsent(place.dtype, kernel)
        .launchAll(name, elements / Math.max(1, blocks), segments);
    return sums;
  }

  /** Multiplies all elements by the scalar {@code factor}. */
  void scale(Tensor factor) {
    change(SCALE, "grad_scale", (grad, f) -> mul(grad, f), factor);
  }

  /** Limits all elements to [-max, max]. */
  void limit(double max) {
    Tensor most = Tensor.full(Shape.SCALAR, max, place.dtype.accumulator(), place.device);
    change(LIMIT, "grad_limit", (grad, m) -> min(max(grad, neg(m)), m), most);
  }

  private void change(
      Map<DType, Executable> kernels, String name, BinaryOperator<Expr> rule, Tensor scalar) {
    Tensor operand = scalar.to(place.dtype.accumulator());
    List<Tensor> dense = grads.stream().map(Tensor::contiguous).toList();
    List<Segment> segments = new ArrayList<>(grads.size());
    for (Tensor grad : dense) {
      segments.add(new Segment(grad.elements(), new Tensor[] {grad, operand}, new long[0]));
    }
    kernels
        .computeIfAbsent(place.dtype, dtype -> inPlace(name, dtype, rule))
        .launchAll(name, 1, segments);
    for (int i = 0; i < dense.size(); i++) {
      if (dense.get(i) == grads.get(i)) {
        grads.get(i).storage().bumpVersion("gradient clipping");
      } else {
        grads.get(i).copyInPlace(dense.get(i));
      }
    }
  }

  private static long blocks(Tensor grad) {
    return (grad.elements() + Kernel.BLOCK - 1) / Kernel.BLOCK;
  }

  private static Executable squares(DType dtype) {
    return blockwise("grad_squares", dtype, x -> mul(x, x), Exprs::add);
  }

  private static Executable largest(DType dtype) {
    return blockwise(
        "grad_largest", dtype, Exprs::abs, (a, b) -> select(or(ge(a, b), isNan(a)), a, b));
  }

  private static Executable blockwise(
      String name, DType dtype, UnaryOperator<Expr> value, BinaryOperator<Expr> join) {
    Type type = dtype.type().value();
    Expr start = mul(ROW, int64(Kernel.BLOCK));
    Expr extent = min(int64(Kernel.BLOCK), sub(new Expr.Param(0, Type.I64), start));
    Expr.Var index = new Expr.Var("i", Type.I64);
    Expr.Var sum = new Expr.Var("sum", type);
    Expr.Var left = new Expr.Var("a", type);
    Expr.Var right = new Expr.Var("b", type);
    Expr element = load(0, add(start, index), type);
    return new Executable(
        new Kernel(
            name,
            List.of(
                new Kernel.Buffer(dtype.type(), Kernel.Access.READ),
                new Kernel.Buffer(type, Kernel.Access.WRITE)),
            List.of(Type.I64, Type.I64),
            ROW,
            false,
            List.of(
                new Stmt.Reduce(
                    index,
                    extent,
                    List.of(),
                    List.of(value.apply(element)),
                    List.of(sum),
                    List.of(constant(type, 0)),
                    new Stmt.Combine(
                        List.of(left), List.of(right), List.of(join.apply(left, right)))),
                new Stmt.Store(1, add(new Expr.Param(1, Type.I64), ROW), sum))));
  }

  private static Executable inPlace(String name, DType dtype, BinaryOperator<Expr> rule) {
    Type wide = dtype.accumulator().type();
    Expr value = rule.apply(load(0, ROW, dtype.type()), load(1, int64(0), wide));
    return new Executable(
        new Kernel(
            name,
            List.of(
                new Kernel.Buffer(dtype.type(), Kernel.Access.READ_WRITE),
                new Kernel.Buffer(wide, Kernel.Access.READ)),
            List.of(),
            ROW,
            true,
            List.of(new Stmt.Store(0, ROW, value))));
  }
}
