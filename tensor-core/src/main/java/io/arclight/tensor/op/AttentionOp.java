package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code softmax(scale q k^T + mask) v} of queries [b, h, l, e], keys [b, g, s, e] and values [b,
 * g, s, f], where g divides h and h / g heads share keys; without a matrix of all weights. Then
 * come the mask if one is given, bool or float, which broadcasts to [b, h, l, s], and with dropout
 * the int64 [b] sample ids that its random numbers are drawn by. Outputs: [b, h, l, f], and each
 * query's log-sum-exp [b, h, l], infinity for one that sees no key, whose output is zeros.
 *
 * @param dropout the probability that a weight is dropped
 * @param key of the random numbers
 */
public record AttentionOp(double scale, Mask mask, double dropout, long key) implements Op {
  /** Which keys a query sees. */
  public enum Mask {
    NONE,
    /** Query i sees keys up to i. */
    CAUSAL,
    /** An input says so. */
    GIVEN
  }

  @Override
  public String name() {
    return "ATTENTION";
  }

  /** The mask among the inputs, or null. */
  Tensor maskOf(Tensor... in) {
    return mask == Mask.GIVEN ? in[3] : null;
  }

  /** The sample ids among the inputs, or null. */
  Tensor idsOf(Tensor... in) {
    return dropout > 0 ? in[in.length - 1] : null;
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor q = in[0];
    Tensor k = in[1];
    Tensor v = in[2];
    RowOps.requireFloat("scaledDotProductAttention", q);
    if (k.dtype() != q.dtype() || v.dtype() != q.dtype()) {
      throw new DTypeException(
          "scaledDotProductAttention: query "
              + q.dtype()
              + ", key "
              + k.dtype()
              + " and value "
              + v.dtype()
              + " must have one dtype: convert with to(dtype)");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new TensorException(
          "scaledDotProductAttention: dropout must be at least 0 and below 1, not " + dropout);
    }
    boolean fits = q.rank() == 4 && k.rank() == 4 && v.rank() == 4;
    fits = fits && q.dim(0) == k.dim(0) && q.dim(0) == v.dim(0) && k.dim(1) == v.dim(1);
    fits = fits && q.dim(3) == k.dim(3) && k.dim(2) == v.dim(2);
    if (!fits || (k.dim(1) == 0 ? q.dim(1) != 0 : q.dim(1) % k.dim(1) != 0)) {
      throw new ShapeException(
          "scaledDotProductAttention: query "
              + q.shape()
              + ", key "
              + k.shape()
              + " and value "
              + v.shape()
              + " do not fit [b, h, l, e], [b, g, s, e] and [b, g, s, f], where g divides h");
    }
    Elementwise.sameDevice("scaledDotProductAttention", q, k);
    Elementwise.sameDevice("scaledDotProductAttention", q, v);
    requireMask(q, k, maskOf(in));
    Shape rows = Shape.of(q.dim(0), q.dim(1), q.dim(2));
    Shape out = Matrices.shape(rows, v.dim(3));
    return List.of(
        new Spec(out, q.dtype(), q.device()), new Spec(rows, q.dtype().accumulator(), q.device()));
  }

  private static void requireMask(Tensor q, Tensor k, Tensor given) {
    if (given == null) {
      return;
    }
    if (given.dtype() != DType.BOOL
        && given.dtype() != q.dtype()
        && given.dtype() != DType.FLOAT32) {
      throw new DTypeException(
          "scaledDotProductAttention: the mask must be bool, float32 or of the query's dtype "
              + q.dtype()
              + ", not "
              + given.dtype()
              + ": convert with to(dtype)");
    }
    Elementwise.sameDevice("scaledDotProductAttention", q, given);
    long[] scores = {q.dim(0), q.dim(1), q.dim(2), k.dim(2)};
    boolean fits = given.rank() <= scores.length;
    for (int i = 1; fits && i <= given.rank(); i++) {
      fits = given.dim(-i) == 1 || given.dim(-i) == scores[scores.length - i];
    }
    if (!fits) {
      throw new ShapeException(
          "scaledDotProductAttention: a mask of shape "
              + given.shape()
              + " does not broadcast to the scores' shape "
              + Arrays.toString(scores));
    }
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor[] out = AttentionForward.run(new AttentionTiles(this, in));
    out[0] = Matrix.converted(out[0], outputs.get(0).dtype());
    return out;
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor[] in = new Tensor[saved.inputs()];
    Arrays.setAll(in, saved::input);
    Tensor[] out = new Tensor[in.length];
    boolean toMask = mask == Mask.GIVEN && saved.needs(3);
    if (RowOps.recording() || toMask || grads[0] == null || grads[1] != null) {
      Tensor[] found = AttentionFormula.gradients(this, grads[0], grads[1], in);
      System.arraycopy(found, 0, out, 0, toMask ? found.length : found.length - 1);
      return out;
    }
    AttentionTiles tiles = new AttentionTiles(this, in);
    AttentionBackward.Targets targets = AttentionBackward.Targets.allocate(tiles, in[0].device());
    AttentionBackward.run(tiles, saved.output(0), saved.output(1), grads[0], targets);
    Tensor[] found = targets.tensors();
    for (int i = 0; i < found.length; i++) {
      out[i] = Matrix.converted(found[i], in[i].dtype());
    }
    return out;
  }

  /** Slices become further batches. */
  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor[] flat = new Tensor[in.length];
    long batches = in[0].dim(batched[0] ? 1 : 0);
    for (int i = 0; i < in.length; i++) {
      boolean isMask = mask == Mask.GIVEN && i == 3;
      if (isMask && !batched[i] && (in[i].rank() < 4 || in[i].dim(0) == 1)) {
        flat[i] = in[i];
        continue;
      }
      Tensor all = Batching.batched(size, batched[i], in[i]);
      if (isMask) {
        long[] wide = {size, batches, 1, 1, 1};
        for (int d = 1; d < all.rank(); d++) {
          wide[5 - d] = d == 4 ? batches : all.dim(-d);
        }
        long[] raised = wide.clone();
        raised[1] = all.rank() == 5 ? all.dim(1) : 1;
        all = all.reshape(raised).expand(Shape.of(wide));
      }
      long[] dims = all.shape().toArray();
      long[] merged = Arrays.copyOfRange(dims, 1, dims.length);
      merged[0] *= size;
      flat[i] = all.reshape(merged);
    }
    Tensor[] out = Tensor.applyAll(this, flat);
    for (int i = 0; i < out.length; i++) {
      long[] dims = out[i].shape().toArray();
      long[] split = new long[dims.length + 1];
      System.arraycopy(dims, 0, split, 1, dims.length);
      split[0] = size;
      split[1] = batches;
      out[i] = out[i].reshape(split);
    }
    return out;
  }

  /** Of fixed sizes, as libtorch's function ends the process at some without elements. */
  private static Sample sample(AttentionOp op, String options, Tensor... in) {
    return Sample.of(op, in).peer("torch.scaled_dot_product_attention(x0, x1, x2" + options + ")");
  }

  /** With the log-sum-exp and its gradients, which are float32 here where PyTorch has halves. */
  private static Sample both(AttentionOp op, String change, Tensor... in) {
    String scores = "s = torch.matmul(x0, x1.transpose(-2, -1)) * 0.5; " + change;
    return Sample.of(op, in)
        .peer(scores + outputs("torch.matmul(torch.softmax(s, -1), x2)", in[0].dtype()));
  }

  /** The peer of both outputs, or of the first alone, given scores {@code s}. */
  static String outputs(String first, DType dtype) {
    return dtype == dtype.accumulator()
        ? "l = torch.logsumexp(s, -1); (%s, l.masked_fill(l == -float('inf'), float('inf')))"
            .formatted(first)
        : first;
  }

  /** Few enough numbers for second derivatives. */
  private static List<Sample> small(SampleInputs in) {
    AttentionOp given = new AttentionOp(0.5, Mask.GIVEN, 0, 0);
    Tensor seen = in.places(0, 0, 1, 0).reshape(2, 2).eq(0);
    Tensor mask =
        in.exactly(2, 2)
            .maskedFill(in.places(1, 1, 0, 0).reshape(2, 2).ne(0), Double.NEGATIVE_INFINITY);
    return List.of(
        both(
            new AttentionOp(0.5, Mask.NONE, 0, 0),
            "",
            in.any(1, 1, 2, 3),
            in.any(1, 1, 3, 3),
            in.any(1, 1, 3, 2)),
        both(
            new AttentionOp(0.5, Mask.NONE, 0, 0),
            "s = torch.matmul(x0, torch.cat([x1, x1], 1).transpose(-2, -1)) * 0.5;"
                + " x2 = torch.cat([x2, x2], 1); ",
            in.exactly(1, 2, 2, 2),
            in.exactly(1, 1, 3, 2),
            in.exactly(1, 1, 3, 1)),
        both(
            new AttentionOp(0.5, Mask.CAUSAL, 0, 0),
            "s = s.masked_fill(torch.ones_like(s).triu(1) > 0, -float('inf')); ",
            in.any(1, 1, 3, 2),
            in.any(1, 1, 2, 2),
            in.any(1, 1, 2, 2)),
        both(
            given,
            "s = s.masked_fill(x3.logical_not(), -float('inf')); ",
            in.exactly(1, 1, 2, 2),
            in.exactly(1, 1, 2, 2),
            in.exactly(1, 1, 2, 2),
            seen),
        both(
            given,
            "s = s + x3; ",
            in.any(1, 1, 2, 2),
            in.any(1, 1, 3, 2),
            in.any(1, 1, 3, 1),
            in.any(2, 3)),
        sample(
            given,
            ", x3, scale=0.5",
            in.exactly(1, 1, 2, 2),
            in.exactly(1, 1, 2, 2),
            in.exactly(1, 1, 2, 2),
            mask),
        sample(
            given,
            ", x3, scale=0.5",
            in.exactly(1, 1, 2, 2),
            in.exactly(1, 1, 2, 2),
            in.exactly(1, 1, 2, 2),
            mask.isfinite()));
  }

  /** For 270 keys, which are more than a tile, of which the first ten queries see the last only. */
  static Tensor late(SampleInputs in, long queries) {
    Tensor query = Tensor.arange(0, queries, 1, DType.INT64, in.device()).unsqueeze(1);
    Tensor key = Tensor.arange(0, 270, 1, DType.INT64, in.device());
    Tensor unseen = query.lt(10).logicalAnd(key.lt(260));
    return in.exactly(queries, 270).maskedFill(unseen, Double.NEGATIVE_INFINITY);
  }

  static OpInfo info() {
    AttentionOp plain = new AttentionOp(0.5, Mask.NONE, 0, 0);
    AttentionOp causal = new AttentionOp(0.5, Mask.CAUSAL, 0, 0);
    AttentionOp given = new AttentionOp(0.5, Mask.GIVEN, 0, 0);
    AttentionOp drops = new AttentionOp(0.5, Mask.NONE, 0.5, 7);
    return new OpInfo(
        "scaled_dot_product_attention",
        FLOATS,
        in -> {
          List<Sample> out = new ArrayList<>();
          out.add(
              sample(
                  plain,
                  ", scale=0.5",
                  in.exactly(1, 2, 2, 3),
                  in.exactly(1, 2, 2, 3),
                  in.exactly(1, 2, 2, 1)));
          out.add(
              sample(
                  causal,
                  ", is_causal=True, scale=0.5",
                  in.exactly(2, 1, 3, 2),
                  in.exactly(2, 1, 2, 2),
                  in.exactly(2, 1, 2, 2)));
          out.add(
              sample(
                  given,
                  ", x3, scale=0.5",
                  in.exactly(2, 1, 2, 4),
                  in.exactly(2, 1, 3, 4),
                  in.exactly(2, 1, 3, 4),
                  in.exactly(2, 3)));
          out.add(
              sample(
                  given,
                  ", x3, scale=0.5",
                  in.exactly(2, 2, 3, 4),
                  in.exactly(2, 2, 3, 4),
                  in.exactly(2, 2, 3, 4),
                  in.mask(2, 1, 3, 3)));
          out.add(
              sample(
                  causal,
                  ", is_causal=True, scale=0.5, enable_gqa=True",
                  in.exactly(1, 4, 2, 3),
                  in.exactly(1, 2, 2, 3),
                  in.exactly(1, 2, 2, 3)));
          out.add(
              sample(
                  causal,
                  ", is_causal=True, scale=0.5",
                  in.exactly(1, 1, 70, 4),
                  in.exactly(1, 1, 70, 4),
                  in.exactly(1, 1, 70, 4)));
          out.add(
              sample(
                  plain,
                  ", scale=0.5",
                  in.exactly(1, 1, 3, 2),
                  in.exactly(1, 1, 270, 2),
                  in.exactly(1, 1, 270, 2)));
          out.add(
              sample(
                  plain,
                  ", scale=0.5",
                  in.exactly(1, 1, 2, 2),
                  in.exactly(1, 1, 0, 2),
                  in.exactly(1, 1, 0, 2)));
          out.add(
              Sample.of(
                      drops,
                      in.any(1, 1, 2, 2),
                      in.any(1, 1, 3, 2),
                      in.any(1, 1, 3, 2),
                      in.index(4, 1))
                  .withoutPeer("random numbers are drawn by sample"));
          out.add(
              Sample.of(
                      new AttentionOp(0.5, Mask.GIVEN, 0.5, 7),
                      in.any(1, 1, 2, 2),
                      in.any(1, 1, 3, 2),
                      in.any(1, 1, 3, 2),
                      in.any(2, 3),
                      in.index(4, 1))
                  .withoutPeer("random numbers are drawn by sample"));
          out.addAll(small(in));
          out.add(
              sample(
                  given,
                  ", x3, scale=0.5",
                  in.exactly(1, 1, 20, 2),
                  in.exactly(1, 1, 270, 2),
                  in.exactly(1, 1, 270, 2),
                  late(in, 20)));
          return out;
        },
        in ->
            List.of(
                ErrorSample.of(
                    plain,
                    ShapeException.class,
                    "do not fit [b, h, l, e], [b, g, s, e] and [b, g, s, f]",
                    in.any(1, 3, 2, 2),
                    in.any(1, 2, 2, 2),
                    in.any(1, 2, 2, 2)),
                ErrorSample.of(
                    given,
                    ShapeException.class,
                    "a mask of shape [3, 2] does not broadcast to the scores' shape [1, 1, 2, 3]",
                    in.any(1, 1, 2, 2),
                    in.any(1, 1, 3, 2),
                    in.any(1, 1, 3, 2),
                    in.any(3, 2)),
                ErrorSample.of(
                    given,
                    DTypeException.class,
                    "the mask must be bool, float32 or of the query's dtype",
                    in.any(1, 1, 2, 2),
                    in.any(1, 1, 3, 2),
                    in.any(1, 1, 3, 2),
                    in.index(1, 2, 3)),
                ErrorSample.of(
                    new AttentionOp(1, Mask.NONE, 1, 0),
                    TensorException.class,
                    "dropout must be at least 0 and below 1, not 1.0",
                    in.any(1, 1, 2, 2),
                    in.any(1, 1, 3, 2),
                    in.any(1, 1, 3, 2),
                    in.index(0, 1)),
                ErrorSample.of(
                    plain,
                    DTypeException.class,
                    "must have one dtype",
                    in.any(1, 1, 2, 2),
                    in.other().any(1, 1, 3, 2),
                    in.any(1, 1, 3, 2))));
  }
}
