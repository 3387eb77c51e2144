package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Forward and backward variables of connectionist temporal classification in log space: a kernel
 * row is a sequence; its states are the targets with blanks before, between and after them.
 */
final class CtcKernels {
  enum Use {
    FORWARD,
    BACKWARD
  }

  private record Key(Use use, CtcLossOp.Infinity infinity, DType dtype) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private final RowKernel kernel;
  private final Type type;
  private final CtcLossOp.Infinity infinity;
  private final int x;
  private final int targets;
  private final int steps;
  private final int lengths;
  private final int labels;
  private final Expr batch;
  private final Expr classes;
  private final Expr most;
  private final Expr width;
  private final Expr blank;
  private final Expr row;

  /** The sequence's steps and states. */
  private Expr count;

  private Expr states;

  private CtcKernels(Key key, List<Integer> others) {
    kernel = new RowKernel("ctc_loss_" + key.use.name().toLowerCase(java.util.Locale.ROOT));
    type = key.dtype.type().value();
    infinity = key.infinity;
    x = kernel.reads(key.dtype);
    targets = kernel.reads(DType.INT64);
    steps = kernel.reads(DType.INT64);
    lengths = kernel.reads(DType.INT64);
    labels = kernel.updates(DType.INT64);
    for (int i = 0; i < 3; i++) {
      others.add(kernel.updates(key.dtype));
    }
    if (key.use == Use.BACKWARD) {
      others.add(kernel.updates(key.dtype));
    }
    batch = kernel.param(Type.I64);
    classes = kernel.param(Type.I64);
    most = kernel.param(Type.I64);
    width = kernel.param(Type.I64);
    blank = kernel.param(Type.I64);
    row = kernel.row;
  }

  /** Runs on {@code x} of any float dtype; {@code results} are dense, in its accumulator's. */
  static void launch(
      CtcLossOp op,
      Use use,
      Tensor x,
      Tensor targets,
      Tensor steps,
      Tensor lengths,
      Tensor... results) {
    DType dtype = x.dtype().accumulator();
    long batch = x.dim(1);
    long width = targets.dim(1);
    // Reads that do not count must find memory too.
    Tensor safe =
        width > 0
            ? targets.detach().contiguous()
            : Tensor.zeros(Shape.of(batch, 1), DType.INT64, x.device());
    Shape states = Shape.of(batch, 2 * width + 1);
    Shape twice = Shape.of(batch, 2, 2 * width + 1);
    List<Tensor> all = new ArrayList<>();
    all.add(Matrix.converted(x.detach(), dtype).contiguous());
    all.add(safe);
    all.add(steps.detach().contiguous());
    all.add(lengths.detach().contiguous());
    all.add(Tensor.allocate("ctcLoss", states, DType.INT64, x.device()));
    all.add(Tensor.allocate("ctcLoss", twice, dtype, x.device()));
    all.addAll(List.of(results));
    KERNELS
        .computeIfAbsent(new Key(use, op.infinity(), dtype), CtcKernels::build)
        .launch(
            "ctcLoss",
            batch,
            x.dim(0) * (2 * width + 1),
            all.toArray(new Tensor[0]),
            new long[] {batch, x.dim(2), x.dim(0), width, op.blank()},
            "at most " + x.dim(0) + " steps and " + width + " targets of " + x.dim(2) + " classes");
  }

  private static Executable build(Key key) {
    List<Integer> others = new ArrayList<>();
    CtcKernels k = new CtcKernels(key, others);
    k.prepare();
    if (key.use == Use.FORWARD) {
      k.forward(others.get(1), others.get(2));
    } else {
      k.backward(others.get(0), others.get(1), others.get(2), others.get(3));
    }
    return k.kernel.build();
  }

  /** Checks the lengths, and writes the class of each state. */
  private void prepare() {
    count = kernel.let("count", length(steps, most));
    Expr length = kernel.let("length", length(lengths, width));
    states = kernel.let("states", add(mul(length, int64(2)), int64(1)));
    Expr safeWidth = kernel.let("width", max(width, int64(1)));
    serial(
        states,
        s -> {
          Expr at = min(div(s, int64(2)), sub(safeWidth, int64(1)));
          Expr target = kernel.let("target", load(targets, add(mul(row, safeWidth), at), Type.I64));
          Expr isBlank = eq(rem(s, int64(2)), int64(0));
          Expr label = kernel.let("label", select(isBlank, blank, target));
          Expr ok = and(ge(label, int64(0)), lt(label, classes));
          Expr checked = new Expr.Check(ok, ErrorCode.CLASS_OUT_OF_RANGE, label, label, int64(0));
          kernel.add(kernel.store(labels, add(mul(row, allStates()), s), checked));
        });
  }

  private Expr length(int buffer, Expr limit) {
    Expr n = kernel.let("n", load(buffer, row, Type.I64));
    Expr ok = and(ge(n, int64(0)), le(n, limit));
    return new Expr.Check(ok, ErrorCode.INDEX_OUT_OF_RANGE, n, n, int64(0));
  }

  private Expr allStates() {
    return add(mul(width, int64(2)), int64(1));
  }

  private void serial(Expr extent, Consumer<Expr> body) {
    Expr.Var i = kernel.fresh("i", Type.I64);
    List<Stmt> statements = kernel.block(() -> body.accept(i));
    kernel.add(new Stmt.Serial(i, extent, List.of(), statements));
  }

  private void vector(Expr extent, Consumer<Expr> body) {
    Expr.Var i = kernel.fresh("i", Type.I64);
    List<Stmt> statements = kernel.block(() -> body.accept(i));
    kernel.add(new Stmt.Vector(i, extent, statements));
  }

  private Expr label(Expr s) {
    return load(labels, add(mul(row, allStates()), s), Type.I64);
  }

  /** The logarithm of the probability of class {@code c} at step {@code t}. */
  private Expr logProbability(Expr t, Expr c) {
    return kernel.at(x, place(t, c), type);
  }

  private Expr place(Expr t, Expr c) {
    return add(mul(add(mul(t, batch), row), classes), c);
  }

  private Expr alphaPlace(Expr t, Expr s) {
    return add(mul(add(mul(row, most), t), allStates()), s);
  }

  private Expr none() {
    return constant(type, Double.NEGATIVE_INFINITY);
  }

  /**
   * What reaches state {@code s} from the states of the step that begins at {@code base}: itself,
   * the one beside it, and the one behind that, unless both are of one class.
   *
   * @param side -1 for those before, 1 for those after
   */
  private Expr reached(int buffer, Expr base, Expr s, int side) {
    Expr one = add(s, int64(side));
    Expr two = add(s, int64(2L * side));
    Expr hasOne = side < 0 ? ge(one, int64(0)) : lt(one, states);
    Expr hasTwo = side < 0 ? ge(two, int64(0)) : lt(two, states);
    Expr safeOne = kernel.let("one", select(hasOne, one, s));
    Expr safeTwo = kernel.let("two", select(hasTwo, two, s));
    Expr skips = and(hasTwo, ne(kernel.let("other", label(safeTwo)), label(s)));
    Expr a = kernel.let("a", kernel.at(buffer, add(base, s), type));
    Expr b = kernel.let("b", select(hasOne, kernel.at(buffer, add(base, safeOne), type), none()));
    Expr c = kernel.let("c", select(skips, kernel.at(buffer, add(base, safeTwo), type), none()));
    return logSum(a, b, c);
  }

  private Expr logSum(Expr a, Expr b, Expr c) {
    Expr high = kernel.let("high", max(max(a, b), c));
    Expr shift = kernel.let("shift", select(eq(high, none()), constant(type, 0), high));
    Expr sum = add(add(exp(sub(a, shift)), exp(sub(b, shift))), exp(sub(c, shift)));
    return add(log(sum), shift);
  }

  private void forward(int alphas, int loss) {
    serial(
        count,
        t ->
            vector(
                states,
                s -> {
                  Expr before = kernel.let("before", max(sub(t, int64(1)), int64(0)));
                  Expr base = kernel.let("base", alphaPlace(before, int64(0)));
                  Expr first = select(le(s, int64(1)), constant(type, 0), none());
                  Expr from = select(eq(t, int64(0)), first, reached(alphas, base, s, -1));
                  Expr value = add(from, logProbability(t, kernel.let("label", label(s))));
                  kernel.add(kernel.store(alphas, alphaPlace(t, s), value));
                }));
    Expr total = kernel.let("total", negativeLogLikelihood(alphas));
    Expr zero = constant(type, 0);
    Expr infinite = eq(total, constant(type, Double.POSITIVE_INFINITY));
    boolean zeroes = infinity == CtcLossOp.Infinity.ZERO;
    kernel.add(kernel.store(loss, row, zeroes ? select(infinite, zero, total) : total));
  }

  private Expr negativeLogLikelihood(int alphas) {
    Expr last = kernel.let("last", max(sub(count, int64(1)), int64(0)));
    Expr end = kernel.let("end", sub(states, int64(1)));
    Expr beside = kernel.let("beside", max(sub(end, int64(1)), int64(0)));
    Expr none = none();
    // Without a step there is no memory to read either.
    Expr at = select(gt(most, int64(0)), alphaPlace(last, end), int64(0));
    Expr other = select(gt(most, int64(0)), alphaPlace(last, beside), int64(0));
    Expr a = kernel.let("a", kernel.at(alphas, at, type));
    Expr b = kernel.let("b", select(gt(end, int64(0)), kernel.at(alphas, other, type), none));
    Expr nothing = select(eq(states, int64(1)), constant(type, 0), none);
    return neg(select(gt(count, int64(0)), logSum(a, b, none), nothing));
  }

  private void backward(int betas, int alphas, int grad, int out) {
    Expr total = kernel.let("total", negativeLogLikelihood(alphas));
    Expr infinite = kernel.let("infinite", eq(total, constant(type, Double.POSITIVE_INFINITY)));
    Expr g = kernel.let("g", kernel.at(grad, row, type));
    boolean zeroes = infinity == CtcLossOp.Infinity.ZERO;
    Expr steps = zeroes ? kernel.let("steps", select(infinite, int64(0), count)) : count;
    Expr spoilt = select(infinite, constant(type, Double.NaN), constant(type, 0));
    serial(
        steps,
        i -> {
          Expr t = kernel.let("t", sub(sub(count, int64(1)), i));
          vector(
              classes,
              c -> {
                Expr p = add(exp(logProbability(t, c)), spoilt);
                kernel.add(kernel.store(out, place(t, c), mul(p, g)));
              });
          Expr here = kernel.let("here", betaPlace(rem(t, int64(2))));
          Expr next = kernel.let("next", betaPlace(rem(add(t, int64(1)), int64(2))));
          vector(
              states,
              s -> {
                Expr last = ge(s, sub(states, int64(2)));
                Expr first = select(last, constant(type, 0), none());
                Expr from = select(eq(i, int64(0)), first, reached(betas, next, s, 1));
                Expr value = add(from, logProbability(t, kernel.let("label", label(s))));
                kernel.add(kernel.store(betas, add(here, s), value));
              });
          serial(
              states,
              s -> {
                Expr c = kernel.let("c", label(s));
                Expr both =
                    add(
                        kernel.at(alphas, alphaPlace(t, s), type),
                        kernel.at(betas, add(here, s), type));
                Expr share = exp(sub(add(both, total), logProbability(t, c)));
                Expr at = kernel.let("at", place(t, c));
                kernel.add(kernel.store(out, at, sub(kernel.at(out, at, type), mul(share, g))));
              });
        });
  }

  private Expr betaPlace(Expr half) {
    return mul(add(mul(row, int64(2)), half), allStates());
  }
}
