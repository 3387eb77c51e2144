package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.DType;
import io.arclight.tensor.ErrorText;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Derivative;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The kernels of a {@link LossOp}: forward, losses are computed in the lanes and blocks of a
 * reduction; backward, the factor of a mean is part of the slope.
 */
final class LossProgram {
  /** Blocks from which losses are added up in parts, by several threads. */
  private static final long MANY_BLOCKS = 16;

  /** What tells programs apart; {@code numbers} are the operands that are numbers, as bits. */
  private record Key(Pointwise fn, int numbers, LossOp.Weight weight, Type type) {}

  private enum Path {
    WHOLE,
    /** One sum for each block. */
    PARTS
  }

  private record Form(Path path, LossOp.Total total, List<DType> in, DType out) {}

  private record MergeForm(LossOp.Total total, DType in, DType out) {}

  private static final Map<Key, LossProgram> ALL = new ConcurrentHashMap<>();
  private static final Map<MergeForm, Executable> MERGES = new ConcurrentHashMap<>();

  private final Map<Form, Executable> kernels = new ConcurrentHashMap<>();
  private final String label;
  private final Type type;

  /** A loss, weighed. */
  private final Expr loss;

  private final Type[] params;

  /** What is wrong with a value that the loss is not defined for. */
  private final ErrorText refusal;

  /** The loss times the last parameter, for the gradients. */
  private final ElementwiseProgram scaled;

  private LossProgram(Key key) {
    Pointwise fn = key.fn;
    label = fn.label();
    type = key.type;
    Number[] given = new Number[fn.arity()];
    for (int i = 0; i < given.length; i++) {
      given[i] = (key.numbers & 1 << i) != 0 ? 0 : null;
    }
    ElementwiseProgram each = fn.program(type, Arrays.asList(given));
    Expr meaning = each.exprs().get(0);
    int inputs = each.inputs();
    params = each.params();
    Expr scale = new Expr.Param(params.length, type);
    boolean weighted = key.weight == LossOp.Weight.EACH;
    Expr weight = weighted ? new Expr.Input(inputs, type) : null;
    Expr[] slopes = new Expr[weighted ? inputs + 1 : inputs];
    for (int i = 0; i < inputs; i++) {
      slopes[i] = slope(each, i, weighted ? mul(weight, scale) : scale);
    }
    if (weighted) {
      slopes[inputs] = mul(scale, meaning);
    }
    loss = weighted ? mul(meaning, weight) : meaning;
    refusal = refusal(loss);
    scaled = ElementwiseProgram.of(label, mul(loss, scale), slopes.length, slopes);
  }

  private static ErrorText refusal(Expr loss) {
    boolean[] probability = new boolean[1];
    Exprs.substitute(
        loss,
        e -> {
          probability[0] |= e instanceof Expr.Check c && c.code() == ErrorCode.INVALID_PROBABILITY;
          return e;
        });
    return probability[0]
        ? (row, position) -> "invalid probability at position " + position
        : (row, position) -> "the value at position " + position + " is outside the domain";
  }

  /** The slope by input {@code i} times {@code factor}; null where the input is not a number. */
  private Expr slope(ElementwiseProgram each, int i, Expr factor) {
    Expr meaning = each.exprs().get(0);
    Expr given = each.slope(i);
    if (given == null) {
      given = Derivative.of(meaning, new Expr.Input(i, type));
    }
    if (given == null || given.equals(ElementwiseProgram.UNDEFINED)) {
      return ElementwiseProgram.UNDEFINED;
    }
    Expr output = new Expr.Input(each.inputs(), type);
    Expr whole = Exprs.substitute(given, e -> e.equals(output) ? meaning : e);
    return ElementwiseGradient.routed(factor, whole);
  }

  static LossProgram of(Pointwise fn, List<Number> scalars, LossOp.Weight weight, Type type) {
    int numbers = 0;
    for (int i = 0; i < fn.arity(); i++) {
      numbers |= scalars.get(i) != null ? 1 << i : 0;
    }
    return ALL.computeIfAbsent(new Key(fn, numbers, weight, type), LossProgram::new);
  }

  /** That of float32, to ask what gradients read. */
  static LossProgram of(Pointwise fn, List<Number> scalars, LossOp.Weight weight) {
    return of(fn, scalars, weight, Type.F32);
  }

  boolean reads(int gradient, int input) {
    return scaled.gradient(gradient).usesInput(input);
  }

  boolean saves(int input) {
    return scaled.savesInput(input);
  }

  /** The gradient by operand {@code i} from that of the total, a scalar. */
  Tensor gradient(int i, Vjp saved, Tensor grad, List<Number> scalars, double scale) {
    List<Number> numbers = new ArrayList<>(scalars);
    numbers.add(scale);
    return scaled.gradient(i).apply(label, saved, grad, numbers, grad.dtype());
  }

  /** Writes the total of {@code n} losses of dense operands into {@code out}. */
  void total(LossOp.Total total, long n, Tensor[] operands, List<Number> scalars, Tensor out) {
    long blocks = (n + Kernel.BLOCK - 1) / Kernel.BLOCK;
    if (blocks < MANY_BLOCKS) {
      launch(Path.WHOLE, total, 1, n, operands, scalars, out);
      return;
    }
    DType wide = out.dtype().accumulator();
    Tensor sums = Tensor.allocate(label, Shape.of(blocks), wide, out.device());
    launch(Path.PARTS, total, blocks, n, operands, scalars, sums);
    MERGES
        .computeIfAbsent(new MergeForm(total, wide, out.dtype()), LossProgram::merge)
        .launch(label, 1, blocks, new Tensor[] {sums, out}, new long[] {n, blocks}, null);
  }

  private void launch(
      Path path,
      LossOp.Total total,
      long rows,
      long n,
      Tensor[] operands,
      List<Number> scalars,
      Tensor out) {
    Tensor[] buffers = Arrays.copyOf(operands, operands.length + 1);
    buffers[operands.length] = out;
    long[] slots = new long[params.length + 1];
    for (int i = 0; i < params.length; i++) {
      slots[i] = Scalars.bits(params[i], scalars.get(i));
    }
    slots[params.length] = n;
    List<DType> in = Arrays.stream(operands).map(Tensor::dtype).toList();
    kernels
        .computeIfAbsent(new Form(path, total, in, out.dtype()), this::build)
        .launch(label, rows, path == Path.WHOLE ? n : Kernel.BLOCK, buffers, slots, refusal);
  }

  private Executable build(Form form) {
    RowKernel k = new RowKernel(label + "_total");
    int[] reads = form.in.stream().mapToInt(k::reads).toArray();
    int to = k.writes(form.out);
    for (Type t : params) {
      k.param(t);
    }
    Expr n = k.param(Type.I64);
    boolean whole = form.path == Path.WHOLE;
    Expr first = whole ? int64(0) : k.let("first", mul(k.row, int64(Kernel.BLOCK)));
    Expr extent = whole ? n : k.let("extent", min(int64(Kernel.BLOCK), sub(n, first)));
    Expr sum =
        k.reduce(
            "total",
            extent,
            constant(type, 0),
            i -> {
              Expr at = whole ? i : add(first, i);
              return Exprs.substitute(loss, e -> element(k, reads, at, e));
            },
            Exprs::add);
    k.add(k.store(to, whole ? int64(0) : k.row, whole ? finish(form.total, sum, n) : sum));
    return k.build();
  }

  /** Part {@code e} of the loss at {@code at}; what is checked is reported by its position. */
  private static Expr element(RowKernel k, int[] reads, Expr at, Expr e) {
    if (e instanceof Expr.Input in) {
      return k.at(reads[in.index()], at, in.type());
    }
    return e instanceof Expr.Check c
        ? new Expr.Check(c.ok(), c.code(), at, c.value(), c.fallback())
        : e;
  }

  private static Executable merge(MergeForm form) {
    RowKernel k = new RowKernel("loss_total");
    int sums = k.reads(form.in);
    int to = k.writes(form.out);
    Expr n = k.param(Type.I64);
    Expr blocks = k.param(Type.I64);
    Type t = k.type(sums);
    Expr sum = k.reduce("total", blocks, constant(t, 0), i -> k.at(sums, i, t), Exprs::add);
    k.add(k.store(to, int64(0), finish(form.total, sum, n)));
    return k.build();
  }

  private static Expr finish(LossOp.Total total, Expr sum, Expr n) {
    return total == LossOp.Total.MEAN ? div(sum, cast(sum.type(), n)) : sum;
  }
}
