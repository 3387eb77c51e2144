package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * {@link AttentionOp} of a sequence to itself, whose queries, keys and values lie side by side, as
 * one product gives them: [b, n, 3 h d] to [b, n, h d] and the log-sum-exp [b, h, n]. Its gradient
 * is one tensor too, so that nothing is split or joined.
 */
public record PackedAttentionOp(long heads, AttentionOp attention) implements Op {
  private static final int PARTS = 3;

  @Override
  public String name() {
    return "PACKED_ATTENTION";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    if (heads <= 0 || x.rank() != 3 || x.dim(2) % (PARTS * heads) != 0) {
      throw new ShapeException(
          "packedAttention: queries, keys and values "
              + x.shape()
              + " must be [b, n, 3 * heads * width] of "
              + heads
              + " heads");
    }
    List<Spec> out = attention.infer(split(x, in));
    Shape joined = Shape.of(x.dim(0), x.dim(1), x.dim(2) / PARTS);
    return List.of(new Spec(joined, x.dtype(), x.device()), out.get(1));
  }

  /** Queries, keys and values as views of memory, and the other inputs. */
  private Tensor[] split(Tensor x, Tensor... in) {
    Tensor[] out = new Tensor[in.length + PARTS - 1];
    for (int i = 0; i < PARTS; i++) {
      out[i] = part(x, i);
    }
    System.arraycopy(in, 1, out, PARTS, in.length - 1);
    return out;
  }

  /** Part {@code i} of [b, n, 3 h d], as [b, h, n, d]. */
  private Tensor part(Tensor x, int i) {
    long width = x.dim(2) / (PARTS * heads);
    long[] s = x.strides();
    Layout layout =
        new Layout(
            Shape.of(x.dim(0), heads, x.dim(1), width),
            new long[] {s[0], width * s[2], s[1], s[2]},
            x.layout().offset() + i * heads * width * s[2]);
    return x.withLayout(layout);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor[] out = AttentionForward.run(new AttentionTiles(attention, split(in[0].detach(), in)));
    Tensor turned = out[0].withLayout(out[0].layout().permute(new int[] {0, 2, 1, 3}));
    Shape joined = outputs.get(0).shape();
    out[0] =
        Matrix.converted(
            turned.withLayout(turned.layout().reshape(joined)), outputs.get(0).dtype());
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
    Tensor x = in[0];
    boolean toMask = attention.mask() == AttentionOp.Mask.GIVEN && saved.needs(1);
    if (RowOps.recording() || toMask || grads[0] == null || grads[1] != null) {
      Tensor[] found =
          AttentionFormula.gradients(
              attention, grads[0] == null ? null : heads(grads[0]), grads[1], apart(x, in));
      out[0] = Tensor.cat(-1, joined(found[0]), joined(found[1]), joined(found[2]));
      if (toMask) {
        out[1] = found[3];
      }
      return out;
    }
    DType dtype = x.dtype().accumulator();
    Tensor dx = Tensor.allocate("ATTENTION_BACKWARD", x.shape(), dtype, x.device());
    AttentionBackward.run(
        new AttentionTiles(attention, split(x.detach(), in)),
        heads(saved.output(0)),
        saved.output(1),
        heads(grads[0]),
        new AttentionBackward.Targets(
            AttentionOperand.on(part(dx, 0)),
            AttentionOperand.on(part(dx, 1)),
            AttentionOperand.on(part(dx, 2))));
    out[0] = Matrix.converted(dx, x.dtype());
    return out;
  }

  /** As {@link #split}, by operations. */
  private Tensor[] apart(Tensor x, Tensor... in) {
    Tensor[] out = new Tensor[in.length + PARTS - 1];
    long width = x.dim(-1) / PARTS;
    for (int i = 0; i < PARTS; i++) {
      out[i] = heads(x.narrow(-1, i * width, width));
    }
    System.arraycopy(in, 1, out, PARTS, in.length - 1);
    return out;
  }

  /** [..., n, h d] as [..., h, n, d]. */
  private Tensor heads(Tensor t) {
    long[] sizes = t.shape().toArray();
    long[] split = Arrays.copyOf(sizes, sizes.length + 1);
    split[sizes.length - 1] = heads;
    split[sizes.length] = sizes[sizes.length - 1] / heads;
    return t.reshape(split).transpose(-3, -2);
  }

  private static Tensor joined(Tensor t) {
    Tensor turned = t.transpose(-3, -2);
    long[] sizes = turned.shape().toArray();
    long[] flat = Arrays.copyOf(sizes, sizes.length - 1);
    flat[flat.length - 1] *= sizes[sizes.length - 1];
    return turned.reshape(flat);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    boolean[] each = new boolean[in.length + PARTS - 1];
    Arrays.fill(each, 0, PARTS, batched[0]);
    System.arraycopy(batched, 1, each, PARTS, in.length - 1);
    Tensor[] out = attention.batch(size, each, apart(in[0], in));
    out[0] = joined(out[0]);
    return out;
  }

  /** With the log-sum-exp and its gradients, which are float32 here where PyTorch has halves. */
  private static Sample sample(int heads, AttentionOp attention, Tensor... in) {
    Op op = new PackedAttentionOp(heads, attention);
    String masked =
        attention.mask() == AttentionOp.Mask.CAUSAL
            ? "s = s.masked_fill(torch.ones_like(s).triu(1) > 0, -float('inf')); "
            : in[1].dtype() == DType.BOOL
                ? "s = s.masked_fill(x1.logical_not(), -float('inf')); "
                : "s = s + x1; ";
    String output =
        "torch.matmul(torch.softmax(s, -1), x[2]).transpose(1, 2).reshape(x0.size(0), x0.size(1), n)";
    return Sample.of(op, in)
        .peer(
            ("n = x0.size(2) // 3; x = x0.unflatten(2, [3, %1$d, n // %1$d])"
                    + ".permute(2, 0, 3, 1, 4);"
                    + " s = torch.matmul(x[0], x[1].transpose(-2, -1)) * 0.5; %2$s%3$s")
                .formatted(heads, masked, AttentionOp.outputs(output, in[0].dtype())));
  }

  static OpInfo info() {
    AttentionOp causal = new AttentionOp(0.5, AttentionOp.Mask.CAUSAL, 0, 0);
    AttentionOp given = new AttentionOp(0.5, AttentionOp.Mask.GIVEN, 0, 0);
    AttentionOp dropping = new AttentionOp(0.5, AttentionOp.Mask.GIVEN, 0.5, 7);
    return new OpInfo(
        "packed_attention",
        DTypes.FLOATS,
        in ->
            List.of(
                sample(1, causal, in.any(2, 3, 3)),
                sample(2, causal, in.any(1, 2, 12)),
                sample(2, given, in.any(1, 3, 6), in.any(3, 3)),
                sample(2, given, in.exactly(1, 2, 6), in.places(0, 0, 1, 0).reshape(2, 2).eq(0)),
                sample(1, causal, in.any(1, 150, 6)),
                sample(1, given, in.exactly(1, 270, 6), AttentionOp.late(in, 270)),
                Sample.of(
                        new PackedAttentionOp(1, dropping),
                        in.any(1, 3, 6),
                        in.any(3, 3),
                        in.index(4, 1))
                    .withoutPeer("random numbers are drawn by sample")),
        in ->
            List.of(
                ErrorSample.of(
                    new PackedAttentionOp(2, causal),
                    ShapeException.class,
                    "must be [b, n, 3 * heads * width] of 2 heads",
                    in.any(1, 3, 9))));
  }
}
