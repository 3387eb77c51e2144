package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Cross-entropy of logits [n, classes, ...] against int64 classes [n, ...], and perhaps weights of
 * the classes. Outputs: the losses [n, ...]; the log-sum-exps [n, ...], which the gradient reuses;
 * and the targets' weights [n, ...]. A mean has the sum of the losses over that of the weights, and
 * the latter, as scalars instead.
 *
 * @param input what the losses are of
 * @param ignoreIndex the target that counts nothing
 * @param smoothing the share of a target that all classes divide between them
 */
public record CrossEntropyOp(Input input, long ignoreIndex, double smoothing, Total total)
    implements Op {
  /** What the losses are of. */
  public enum Input {
    LOGITS,
    /** Logarithms of probabilities; their log-sum-exps are not computed. */
    LOG_PROBABILITIES
  }

  /** What is made of the losses. */
  public enum Total {
    EACH,
    MEAN
  }

  private record Key(
      Input input, Total total, DType dtype, Lines lines, boolean weighted, boolean smooth) {}

  private static final Map<Key, Executable> FORWARD = new ConcurrentHashMap<>();
  private static final Map<Key, Executable> BACKWARD = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> MEAN = new ConcurrentHashMap<>();

  public CrossEntropyOp {
    if (!(smoothing >= 0 && smoothing <= 1)) {
      throw new IllegalArgumentException(
          "crossEntropy: label smoothing must be from 0 to 1, not " + smoothing);
    }
    if (input == Input.LOG_PROBABILITIES && smoothing > 0) {
      throw new IllegalArgumentException("nllLoss: there is no label smoothing");
    }
  }

  @Override
  public String name() {
    return input == Input.LOGITS ? "CROSS_ENTROPY" : "NLL_LOSS";
  }

  private String label() {
    return input == Input.LOGITS ? "crossEntropy" : "nllLoss";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    Tensor target = in[1];
    RowOps.requireFloat(label(), x);
    if (x.rank() < 2
        || x.dim(1) == 0
        || !Arrays.equals(target.shape().toArray(), ClassWeights.without(x))) {
      throw new ShapeException(
          label()
              + ": expects an input [n, classes, ...] and classes [n, ...], got "
              + x.shape()
              + " and "
              + target.shape());
    }
    if (target.dtype() != DType.INT64) {
      throw new DTypeException(
          label() + ": classes must be int64, not " + target.dtype() + ": convert with to(INT64)");
    }
    Elementwise.sameDevice(label(), x, target);
    if (in.length > 2) {
      ClassWeights.require(label(), x, in[2]);
    }
    DType wide = x.dtype().accumulator();
    Shape shape = total == Total.MEAN ? Shape.SCALAR : target.shape();
    return List.of(
        new Spec(shape, x.dtype(), x.device()),
        new Spec(target.shape(), wide, x.device()),
        new Spec(shape, wide, x.device()));
  }

  private Key key(Tensor[] in, Lines lines) {
    return new Key(input, total, in[0].dtype(), lines, in.length > 2, smoothing > 0);
  }

  private long[] params(Tensor x, long n) {
    long[] base = {ignoreIndex};
    if (smoothing == 0) {
      return base;
    }
    DType t = x.dtype();
    return new long[] {ignoreIndex, RowOps.bits(t, 1 - smoothing), RowOps.bits(t, smoothing / n)};
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor[] out = new Tensor[3];
    for (int i = 0; i < out.length; i++) {
      out[i] = Tensor.allocate(name(), outputs.get(i));
    }
    Tensor[] buffers = new Tensor[in.length + out.length];
    for (int i = 0; i < in.length; i++) {
      buffers[i] = in[i].contiguous();
    }
    System.arraycopy(out, 0, buffers, in.length, out.length);
    if (total == Total.EACH) {
      launch(label(), FORWARD, in, buffers);
      return out;
    }
    Tensor losses = Tensor.allocate(name(), outputs.get(1));
    Tensor weights = Tensor.allocate(name(), outputs.get(1));
    buffers[in.length] = losses;
    buffers[in.length + 2] = weights;
    launch(label(), FORWARD, in, buffers);
    Tensor[] sums = {losses, weights, out[0], out[2]};
    long n = losses.elements();
    MEAN.computeIfAbsent(in[0].dtype(), CrossEntropyOp::mean)
        .launch(label(), 1, n, sums, new long[] {n}, null);
    return out;
  }

  /** The kernel of a mean: one row, so that the order of the sums is fixed. */
  private static Executable mean(DType dtype) {
    DType wide = dtype.accumulator();
    RowKernel k = new RowKernel("cross_entropy_mean");
    int losses = k.reads(wide);
    int weights = k.reads(wide);
    int to = k.writes(dtype);
    int divisor = k.writes(wide);
    Expr n = k.param(Type.I64);
    Expr loss = sum(k, losses, n);
    Expr weight = sum(k, weights, n);
    k.add(k.store(to, int64(0), div(loss, weight)));
    k.add(k.store(divisor, int64(0), weight));
    return k.build();
  }

  private static Expr sum(RowKernel k, int buffer, Expr n) {
    Expr zero = constant(k.type(buffer), 0);
    return Elements.row(k, buffer, int64(0))
        .fold(n, zero, i -> k.at(buffer, i, zero.type()), (a, b) -> add(a, b));
  }

  private void launch(String op, Map<Key, Executable> kernels, Tensor[] in, Tensor[] buffers) {
    Tensor x = in[0];
    if (x.elements() == 0) {
      return;
    }
    long n = x.dim(1);
    long inner = Indexing.inner(x, 1);
    Lines lines = Lines.of(n, inner);
    Executable kernel =
        kernels.computeIfAbsent(key(in, lines), k -> kernels == FORWARD ? forward(k) : backward(k));
    lines.launch(
        op, kernel, x.dim(0), n, inner, buffers, params(x, n), ClassWeights.notAClass(in[1], n));
  }

  /** What both kernels read of a line's target. */
  private record Target(Expr place, Expr ignored, Expr weight) {}

  private static Target target(RowKernel k, Lines.Line line, int target, int weight, Expr ignore) {
    Type t = k.type(0);
    Expr c = k.let("class", load(target, line.number(), Type.I64));
    Expr ignored = k.let("ignored", eq(c, ignore));
    Expr ok = or(ignored, and(ge(c, int64(0)), lt(c, line.n())));
    Expr inside = select(ignored, int64(0), c);
    Expr place =
        k.let("place", new Expr.Check(ok, ErrorCode.CLASS_OUT_OF_RANGE, c, inside, int64(0)));
    Expr given = weight < 0 ? constant(t, 1) : k.at(weight, place, t);
    return new Target(place, ignored, k.let("w", select(ignored, constant(t, 0), given)));
  }

  private static Executable forward(Key key) {
    Type t = key.dtype.type().value();
    RowKernel k = new RowKernel("cross_entropy");
    int xs = k.reads(key.dtype);
    int targets = k.reads(DType.INT64);
    int weights = key.weighted ? k.reads(key.dtype) : -1;
    int losses = k.writes(key.total == Total.MEAN ? key.dtype.accumulator() : key.dtype);
    int lses = k.writes(key.dtype.accumulator());
    int scales = k.writes(key.dtype.accumulator());
    key.lines.build(
        k,
        line -> {
          Expr ignore = k.param(Type.I64);
          Expr kept = key.smooth ? k.param(t) : null;
          Expr spread = key.smooth ? k.param(t) : null;
          Elements x = line.of(xs);
          Expr zero = constant(t, 0);
          Expr total = key.input == Input.LOGITS ? logSumExp(x, line.n(), t) : zero;
          Target c = target(k, line, targets, weights, ignore);
          Expr loss = mul(c.weight, sub(total, x.at(c.place, t)));
          if (key.smooth) {
            Expr all =
                x.fold(
                    line.n(),
                    zero,
                    i -> {
                      Expr d = sub(total, x.at(i, t));
                      return key.weighted ? mul(k.at(weights, i, t), d) : d;
                    },
                    (a, b) -> add(a, b));
            loss = add(mul(kept, loss), mul(spread, all));
          }
          k.add(k.store(losses, line.number(), select(c.ignored, zero, loss)));
          k.add(k.store(lses, line.number(), total));
          k.add(k.store(scales, line.number(), c.weight));
        });
    return k.build();
  }

  static Expr logSumExp(Elements x, Expr n, Type t) {
    Expr shift = x.let("shift", ReductionRules.shift(x, n, t));
    Expr sum =
        x.fold(
            n, constant(t, 0), i -> ReductionRules.below(x.at(i, t), shift), (a, b) -> add(a, b));
    return x.let("total", add(shift, log(sum)));
  }

  private static Executable backward(Key key) {
    Type t = key.dtype.type().value();
    RowKernel k = new RowKernel("cross_entropy_backward");
    int xs = k.reads(key.dtype);
    int targets = k.reads(DType.INT64);
    int weights = key.weighted ? k.reads(key.dtype) : -1;
    int gs = k.reads(key.dtype);
    int lses = k.reads(key.dtype.accumulator());
    int divisor = key.total == Total.MEAN ? k.reads(key.dtype.accumulator()) : -1;
    int dxs = k.writes(key.dtype);
    key.lines.build(
        k,
        line -> {
          Expr ignore = k.param(Type.I64);
          Expr kept = key.smooth ? k.param(t) : null;
          Expr spread = key.smooth ? k.param(t) : null;
          Elements x = line.of(xs);
          Expr zero = constant(t, 0);
          Target c = target(k, line, targets, weights, ignore);
          Expr total = k.let("total", k.at(lses, line.number(), t));
          Expr given =
              key.total == Total.MEAN
                  ? div(k.at(gs, int64(0), t), k.at(divisor, int64(0), t))
                  : k.at(gs, line.number(), t);
          Expr g = k.let("g", select(c.ignored, zero, given));
          Expr own = k.let("own", mul(g, c.weight));
          if (!key.smooth) {
            line.of(dxs)
                .map(
                    line.n(),
                    i -> {
                      Expr p =
                          key.input == Input.LOGITS
                              ? ReductionRules.below(x.at(i, t), total)
                              : zero;
                      return mul(own, sub(p, select(eq(i, c.place), constant(t, 1), zero)));
                    });
            return;
          }
          Expr count =
              key.weighted
                  ? x.fold(line.n(), zero, i -> k.at(weights, i, t), (a, b) -> add(a, b))
                  : cast(t, line.n());
          Expr hard = k.let("hard", mul(kept, own));
          Expr each = k.let("each", mul(spread, g));
          Expr scale = k.let("scale", add(hard, mul(each, count)));
          line.of(dxs)
              .map(
                  line.n(),
                  i -> {
                    Expr p = ReductionRules.below(x.at(i, t), total);
                    Expr soft = key.weighted ? mul(each, k.at(weights, i, t)) : each;
                    Expr less = add(soft, select(eq(i, c.place), hard, zero));
                    return sub(mul(scale, p), less);
                  });
        });
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1 || i == 2 && total == Total.MEAN;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    if (grads[1] != null || grads[2] != null) {
      throw new IllegalStateException(
          "the log-sum-exp and the weights of crossEntropy take no gradient");
    }
    Tensor[] in = new Tensor[saved.inputs()];
    for (int i = 0; i < in.length; i++) {
      in[i] = saved.input(i);
    }
    Tensor[] out = new Tensor[in.length];
    if (RowOps.recording()) {
      Tensor g = grads[0];
      out[0] =
          composed(
              total == Total.MEAN ? g.div(saved.output(2).detach()).expand(in[1].shape()) : g, in);
      return out;
    }
    Tensor x = in[0];
    out[0] = Tensor.allocate("CROSS_ENTROPY_BACKWARD", x.shape(), x.dtype(), x.device());
    boolean mean = total == Total.MEAN;
    Tensor[] buffers = new Tensor[in.length + (mean ? 4 : 3)];
    for (int i = 0; i < in.length; i++) {
      buffers[i] = in[i].contiguous();
    }
    buffers[in.length] = grads[0].contiguous();
    buffers[in.length + 1] = saved.output(1);
    if (mean) {
      buffers[in.length + 2] = saved.output(2);
    }
    buffers[buffers.length - 1] = out[0];
    launch(label() + "Backward", BACKWARD, in, buffers);
    return out;
  }

  /** The gradient by operations, for gradients of it. */
  private Tensor composed(Tensor g, Tensor[] in) {
    DType wide = in[0].dtype().accumulator();
    Tensor x = in[0].to(wide);
    Tensor ignored = in[1].eq(ignoreIndex);
    Tensor place = in[1].maskedFill(ignored, 0);
    Tensor live = g.to(wide).maskedFill(ignored, 0).unsqueeze(1);
    Tensor target = x.detach().zerosLike().scatter(1, place.unsqueeze(1), 1);
    if (smoothing > 0) {
      target = target.mul(1 - smoothing).add(smoothing / x.dim(1));
    }
    if (in.length > 2) {
      Tensor weight = in[2].detach().to(wide);
      Tensor own = weight.indexSelect(0, place.reshape(-1)).reshape(place.shape()).unsqueeze(1);
      Tensor all = ClassWeights.along(weight, x.rank());
      Tensor smooth = all.mul(smoothing / x.dim(1));
      Tensor hard = x.detach().zerosLike().scatter(1, place.unsqueeze(1), 1 - smoothing).mul(own);
      target = smooth.add(hard);
    }
    if (input == Input.LOG_PROBABILITIES) {
      return live.mul(target).neg().to(in[0].dtype());
    }
    return live.mul(x.softmax(1).mul(target.sum(Dim.of(1), Dim.Keep.KEEP)).sub(target))
        .to(in[0].dtype());
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (in.length > 2 && batched[2]) {
      return Batching.loop(this, size, batched, in);
    }
    Tensor x = Batching.batched(size, batched[0], in[0]);
    Tensor target = Batching.batched(size, batched[1], in[1]);
    Tensor[] flat = in.clone();
    flat[0] = x.flatten(0, 1);
    flat[1] = target.flatten(0, 1);
    Tensor[] out =
        Tensor.applyAll(new CrossEntropyOp(input, ignoreIndex, smoothing, Total.EACH), flat);
    for (int i = 0; i < out.length; i++) {
      out[i] = out[i].reshape(target.shape());
    }
    if (total == Total.MEAN) {
      int[] slice = IntStream.range(1, target.rank()).toArray();
      out[2] = out[2].detach().sum(slice);
      out[0] = out[0].to(out[2].dtype()).sum(slice).div(out[2]).to(x.dtype());
    }
    return out;
  }

  private static Sample sample(CrossEntropyOp op, Tensor x, Tensor target) {
    return Sample.of(op, x, target).peer(op.peer("None"));
  }

  /** The weights take no gradient, so that they are no input. */
  private static Sample weighted(CrossEntropyOp op, Tensor x, Tensor target) {
    return Sample.composed(
            in -> Tensor.applyAll(op, in[0], in[1], ClassWeights.sample(in[0]))[0], x, target)
        .peer(op.peer(ClassWeights.SAMPLE));
  }

  private String peer(String weight) {
    if (input == Input.LOG_PROBABILITIES) {
      // It has no gradient in other memory orders.
      return "torch.nll_loss_nd(x0.contiguous(), x1, %s, %d, %d)"
          .formatted(weight, total.ordinal(), ignoreIndex);
    }
    return "torch.cross_entropy_loss(x0, x1, %s, %d, %d, %s)"
        .formatted(weight, total.ordinal(), ignoreIndex, smoothing);
  }

  static OpInfo info() {
    CrossEntropyOp plain = new CrossEntropyOp(Input.LOGITS, -100, 0, Total.EACH);
    CrossEntropyOp smooth = new CrossEntropyOp(Input.LOGITS, 1, 0.25, Total.EACH);
    CrossEntropyOp ignoring = new CrossEntropyOp(Input.LOGITS, -100, 0.25, Total.EACH);
    CrossEntropyOp nll = new CrossEntropyOp(Input.LOG_PROBABILITIES, 1, 0, Total.EACH);
    CrossEntropyOp mean = new CrossEntropyOp(Input.LOGITS, 1, 0, Total.MEAN);
    CrossEntropyOp smoothMean = new CrossEntropyOp(Input.LOGITS, 1, 0.25, Total.MEAN);
    CrossEntropyOp nllMean = new CrossEntropyOp(Input.LOG_PROBABILITIES, 1, 0, Total.MEAN);
    return new OpInfo(
        "cross_entropy",
        FLOATS,
        in ->
            List.of(
                sample(plain, in.any(6, 5), in.indices(5, 6)),
                sample(plain, in.any(3, 40), in.indices(40, 3)),
                weighted(plain, in.any(2, 5, 3, 4), in.indices(5, 2, 3, 4)),
                sample(smooth, in.exactly(6, 5), in.places(0, 1, 4, 1, 2, 3)),
                sample(ignoring, in.exactly(6, 5), in.places(0, -100, 4, 1, 2, 3)),
                weighted(smooth, in.any(3, 40), in.indices(40, 3)),
                weighted(smooth, in.any(2, 5, 3), in.indices(5, 2, 3)),
                sample(plain, in.any(0, 5), in.indices(5, 0)),
                sample(plain, in.edgeRows(), in.indices(4, 6)).valuesOnly(),
                sample(smooth, in.edgeRows(), in.indices(4, 6)).valuesOnly(),
                sample(nll, in.any(6, 5), in.indices(5, 6)),
                sample(nll, in.any(3, 40), in.indices(40, 3)),
                weighted(nll, in.any(2, 5, 3, 4), in.indices(5, 2, 3, 4)),
                sample(mean, in.any(6, 5), in.indices(5, 6)),
                sample(mean, in.any(3, 40), in.indices(40, 3)),
                weighted(mean, in.any(2, 5, 3, 4), in.indices(5, 2, 3, 4)),
                sample(mean, in.any(0, 5), in.indices(5, 0)),
                weighted(smoothMean, in.any(6, 5), in.indices(5, 6)),
                weighted(smoothMean, in.any(2, 5, 3), in.indices(5, 2, 3)),
                sample(nllMean, in.any(6, 5), in.indices(5, 6)),
                weighted(nllMean, in.any(3, 40), in.indices(40, 3))),
        in ->
            List.of(
                ErrorSample.of(
                    plain,
                    DTypeException.class,
                    "classes must be int64, not int32",
                    in.any(2, 3),
                    in.index(0, 2).to(DType.INT32)),
                ErrorSample.of(
                    plain,
                    DataException.class,
                    "target 3 is not a class (3 classes)",
                    in.any(2, 3),
                    Tensor.of(0L, 3L).to(in.any().device())),
                ErrorSample.of(
                    plain,
                    ShapeException.class,
                    "expects a weight for each of the 3 classes, got shape [4]",
                    in.any(2, 3),
                    in.index(0, 2),
                    in.any(4)),
                ErrorSample.of(
                    plain,
                    DTypeException.class,
                    "the weight must be %s as the input, not int64".formatted(in.any().dtype()),
                    in.any(2, 3),
                    in.index(0, 2),
                    in.index(1, 3)),
                ErrorSample.of(
                    plain,
                    ShapeException.class,
                    "expects an input [n, classes, ...] and classes [n, ...], got [2, 3] and [3]",
                    in.any(2, 3),
                    in.indices(3, 3))));
  }
}
