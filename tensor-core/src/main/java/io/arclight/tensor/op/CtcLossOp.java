package io.arclight.tensor.op;

import static io.arclight.tensor.op.CtcKernels.launch;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.List;

/**
 * Connectionist temporal classification: of logarithms of probabilities [steps, batch, classes],
 * targets int64 [batch, length], and the numbers of steps and of targets int64 [batch], the
 * negative logarithm of the probability of the targets, [batch]. The second output holds the
 * forward variables [batch, steps, 2 * length + 1], which the gradient reads.
 *
 * @param blank the class between targets
 */
public record CtcLossOp(long blank, Infinity infinity) implements Op {
  /** What becomes of targets that cannot be reached, such as those longer than the input. */
  public enum Infinity {
    /** They cost infinity. */
    KEEP,
    /** They cost nothing and have no gradient. */
    ZERO
  }

  @Override
  public String name() {
    return "CTC_LOSS";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.requireFloat("ctcLoss", x);
    long batch = x.rank() == 3 ? x.dim(1) : 0;
    if (x.rank() != 3 || in[1].rank() != 2 || in[1].dim(0) != batch) {
      throw new ShapeException(
          "ctcLoss: expects log-probabilities [steps, batch, classes] and targets [batch, length],"
              + " got "
              + x.shape()
              + " and "
              + in[1].shape());
    }
    if (x.elements() == 0) {
      throw new ShapeException(
          "ctcLoss: log-probabilities "
              + x.shape()
              + " are empty: there must be steps and sequences");
    }
    for (int i = 2; i < 4; i++) {
      if (!in[i].shape().equals(Shape.of(batch))) {
        throw new ShapeException(
            "ctcLoss: lengths must be ["
                + batch
                + "], one for each sequence, not "
                + in[i].shape());
      }
    }
    for (int i = 1; i < 4; i++) {
      if (in[i].dtype() != DType.INT64) {
        throw new DTypeException(
            "ctcLoss: targets and lengths must be int64, not "
                + in[i].dtype()
                + ": convert with to(INT64)");
      }
      Elementwise.sameDevice("ctcLoss", x, in[i]);
    }
    if (blank < 0 || blank >= x.dim(2)) {
      throw new ShapeException(
          "ctcLoss: the blank " + blank + " is not one of the " + x.dim(2) + " classes");
    }
    return List.of(
        new Spec(Shape.of(batch), x.dtype(), x.device()),
        new Spec(
            Shape.of(batch, x.dim(0), 2 * in[1].dim(1) + 1), x.dtype().accumulator(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    DType dtype = in[0].dtype().accumulator();
    Tensor alphas = Tensor.allocate(name(), outputs.get(1));
    Tensor loss = Tensor.allocate(name(), outputs.get(0).shape(), dtype, alphas.device());
    launch(this, CtcKernels.Use.FORWARD, in[0], in[1], in[2], in[3], alphas, loss);
    return new Tensor[] {Matrix.converted(loss, in[0].dtype()), alphas};
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  /**
   * As PyTorch's: what passes to the logits if the log-probabilities are a logSoftmax, by its
   * gradient or without it.
   */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    if (grads[0] == null) {
      throw new IllegalStateException("the forward variables of ctcLoss take no gradient");
    }
    Tensor[] all = new Tensor[6];
    for (int i = 0; i < 4; i++) {
      all[i] = saved.input(i);
    }
    all[4] = saved.output(1);
    all[5] = grads[0];
    return new Tensor[] {
      Tensor.apply(new CtcLossGradientOp(blank, infinity), all), null, null, null
    };
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor[] out = Tensor.applyAll(this, folded(Batching.batched(size, batched, in)));
    return new Tensor[] {unfolded(out[0], size), unfolded(out[1], size)};
  }

  /** [size, steps, batch, classes] to [steps, size * batch, classes], others' first two merged. */
  static Tensor[] folded(Tensor... in) {
    Tensor[] out = new Tensor[in.length];
    out[0] = in[0].transpose(0, 1).flatten(1, 2);
    for (int i = 1; i < in.length; i++) {
      out[i] = in[i].flatten(0, 1);
    }
    return out;
  }

  private static Tensor unfolded(Tensor t, long size) {
    return t.unflatten(0, size, t.dim(0) / size);
  }

  private static ErrorSample refused(
      Class<? extends TensorException> error, String text, Tensor... in) {
    return ErrorSample.of(new CtcLossOp(0, Infinity.KEEP), error, text, in);
  }

  static List<OpInfo> infos() {
    return List.of(info(), CtcLossGradientOp.info());
  }

  private static OpInfo info() {
    return new OpInfo(
        "ctc_loss",
        DTypes.PRECISE,
        in ->
            List.of(
                sample(in, in.any(5, 2, 4), in.indices(4, 2, 2), new CtcLossOp(0, Infinity.KEEP)),
                sample(in, in.any(3, 2, 4), in.indices(4, 2, 3), new CtcLossOp(0, Infinity.ZERO))),
        in ->
            List.of(
                ErrorSample.of(
                    new CtcLossOp(4, Infinity.KEEP),
                    ShapeException.class,
                    "the blank 4 is not one of the 4 classes",
                    in.any(3, 2, 4),
                    in.index(1, 2, 2),
                    in.index(3, 2),
                    in.index(2, 2)),
                refused(
                    ShapeException.class,
                    "lengths must be [2], one for each sequence, not [3]",
                    in.any(3, 2, 4),
                    in.index(1, 2, 2),
                    in.index(3, 3),
                    in.index(2, 2)),
                refused(
                    ShapeException.class,
                    "expects log-probabilities [steps, batch, classes]",
                    in.any(3, 4),
                    in.index(1, 2, 2),
                    in.index(3, 2),
                    in.index(2, 2)),
                refused(
                    ShapeException.class,
                    "log-probabilities [0, 2, 4] are empty",
                    in.any(0, 2, 4),
                    in.index(1, 2, 2),
                    in.index(0, 2),
                    in.index(2, 2)),
                refused(
                    DTypeException.class,
                    "must be int64, not int32",
                    in.any(3, 2, 4),
                    in.index(1, 2, 2).to(DType.INT32),
                    in.index(3, 2),
                    in.index(2, 2)),
                refused(
                    DataException.class,
                    "index 4 is out of range (at most 3 steps and 2 targets of 4 classes)",
                    in.any(3, 2, 4),
                    in.index(1, 2, 2),
                    in.index(4, 2),
                    in.index(2, 2)),
                refused(
                    DataException.class,
                    "target 4 at row 0 is not a class",
                    in.any(3, 2, 4),
                    in.index(4, 2, 2),
                    in.index(3, 2),
                    in.index(2, 2))));
  }

  private static Sample sample(SampleInputs in, Tensor x, Tensor targets, CtcLossOp op) {
    long last = x.dim(2) - 1;
    Tensor classes = targets.clamp(Math.min(1, last), last); // no blank where there are others
    String options = op.blank + ", 0, " + (op.infinity == Infinity.ZERO ? "True)" : "False)");
    return Sample.composed(
            all -> Tensor.applyAll(op, all[0].logSoftmax(2), all[1], all[2], all[3])[0],
            x,
            classes,
            in.index(x.dim(0), 2),
            in.index(targets.dim(1), 2))
        .peer("torch.ctc_loss(torch.log_softmax(x0, 2), x1, x2, x3, " + options)
        .valuesOnly(); // There is no second derivative; the first is compared with PyTorch's.
  }
}
