package io.arclight.nn;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.op.AttentionOp;
import io.arclight.tensor.op.PackedAttentionOp;
import io.arclight.tensor.op.RotaryOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Attention. */
abstract class AttentionFunctions extends ActivationFunctions {
  AttentionFunctions() {}

  /** As the function of four arguments, without options. */
  public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value) {
    return scaledDotProductAttention(query, key, value, AttentionOptions.of());
  }

  /**
   * {@code softmax(scale query key^T + mask) value}; a query that sees no key gives zeros. No
   * matrix of all weights is made, in neither direction.
   *
   * <pre>{@code
   * Tensor y = Functional.scaledDotProductAttention(q, k, v, AttentionOptions.of().causal());
   * }</pre>
   *
   * @param query [..., heads, queries, width], floating-point
   * @param key [..., heads, keys, width]
   * @param value [..., heads, keys, valueWidth]
   * @return [..., heads, queries, valueWidth]
   * @throws ShapeException where shapes do not fit
   */
  public static Tensor scaledDotProductAttention(
      Tensor query, Tensor key, Tensor value, AttentionOptions options) {
    Tensor mask = options.attnMask;
    requireAttention(query, key, value, options);
    boolean shared = options.heads == AttentionOptions.Heads.GROUPED && query.rank() > 2;
    int core = shared ? 3 : 2;
    Shape lead = Shape.broadcast(lead(query, core), lead(key, core));
    lead = Shape.broadcast(lead, lead(value, core));
    lead = mask == null || mask.rank() < core ? lead : Shape.broadcast(lead, lead(mask, core));
    double width = Math.max(1, query.dim(-1));
    double scale = options.scale == null ? 1 / Math.sqrt(width) : options.scale;
    if (options.dropout == 1) {
      return scaledDotProductAttention(query, key, value, options.dropout(0)).mul(0);
    }
    if (options.dropout > 0 && Context.current().vmap() != null) {
      return attentionByWeights(query, key, value, options, scale);
    }
    Tensor q = batches(query, lead, core);
    Tensor k = batches(key, lead, core);
    Tensor v = batches(value, lead, core);
    Tensor given = mask == null ? null : maskBatches(mask, lead, core);
    Call call = Call.of(options, scale, q, given);
    Tensor out = Tensor.applyAll(call.op, call.with(q, k, v))[0];
    return restored(out, query, lead, core);
  }

  /**
   * Attention of sequences to themselves, whose queries, keys and values lie side by side as one
   * product gives them: as {@link #scaledDotProductAttention(Tensor, Tensor, Tensor,
   * AttentionOptions)} of the parts, with one gradient for all three.
   *
   * @param qkv [b, n, 3 * heads * width]
   * @return [b, n, heads * width]
   * @throws ShapeException where the last dimension does not divide
   */
  public static Tensor packedSelfAttention(Tensor qkv, long heads, AttentionOptions options) {
    Tensor mask = options.attnMask;
    requireAttention(qkv, qkv, qkv, options);
    boolean plain = options.dropout == 0 || Context.current().vmap() == null;
    if (heads <= 0 || qkv.rank() != 3 || qkv.dim(2) % (3 * heads) != 0) {
      throw new ShapeException(
          "packedSelfAttention: expects [b, n, 3 * heads * width] of "
              + heads
              + " heads, got "
              + qkv.shape());
    }
    long width = qkv.dim(2) / (3 * heads);
    if (!plain || options.dropout == 1) {
      Tensor[] parts = qkv.chunk(3, 2);
      for (int i = 0; i < parts.length; i++) {
        parts[i] = parts[i].reshape(qkv.dim(0), qkv.dim(1), heads, width).transpose(1, 2);
      }
      return scaledDotProductAttention(parts[0], parts[1], parts[2], options)
          .transpose(1, 2)
          .reshape(qkv.dim(0), qkv.dim(1), heads * width);
    }
    double scale = options.scale == null ? 1 / Math.sqrt(Math.max(1, width)) : options.scale;
    Call call = Call.of(options, scale, qkv, mask);
    return Tensor.applyAll(new PackedAttentionOp(heads, call.op), call.with(qkv))[0];
  }

  /**
   * Turns the pairs (x[i], x[i + width / 2]) of every row by its angles: rotary position embedding.
   *
   * @param x [b, heads, n, width], the width even
   * @param cos [b or 1, n, width], of {@link RotaryEmbedding} in the same dtype
   * @param sin the same
   */
  public static Tensor rotary(Tensor x, Tensor cos, Tensor sin) {
    if (x.rank() != 4 || cos.rank() != 3 || x.dim(3) % 2 != 0) {
      throw new ShapeException(
          "rotary: expects [b, heads, n, width] of an even width and angles [b, n, width], got "
              + x.shape()
              + " and "
              + cos.shape());
    }
    return Tensor.apply(new RotaryOp(), x, cos.unsqueeze(1), sin.unsqueeze(1));
  }

  private static void requireAttention(
      Tensor query, Tensor key, Tensor value, AttentionOptions options) {
    Tensor mask = options.attnMask;
    if (query.rank() < 2 || key.rank() < 2 || value.rank() < 2) {
      throw new ShapeException(
          "scaledDotProductAttention: query "
              + query.shape()
              + ", key "
              + key.shape()
              + " and value "
              + value.shape()
              + " need at least two dimensions, [..., length, width]");
    }
    if (mask != null && mask.rank() < 2) {
      throw new ShapeException(
          "scaledDotProductAttention: a mask of shape "
              + mask.shape()
              + " needs at least two dimensions, [..., queries, keys]");
    }
    if (mask != null && options.sight == AttentionOptions.Sight.CAUSAL) {
      throw new TensorException(
          "scaledDotProductAttention: a mask of shape "
              + mask.shape()
              + " and causal() exclude each other: put both into the mask");
    }
    boolean grouped = options.heads == AttentionOptions.Heads.GROUPED;
    if (grouped && query.rank() > 2 && Math.min(key.rank(), value.rank()) < 3) {
      throw new ShapeException(
          "scaledDotProductAttention: with enableGqa() key "
              + key.shape()
              + " and value "
              + value.shape()
              + " need a dimension of heads, [..., heads, keys, width]");
    }
    if (!(options.dropout >= 0 && options.dropout <= 1)) {
      throw new TensorException(
          "scaledDotProductAttention: dropout must be in [0, 1], not " + options.dropout);
    }
  }

  /** As [b, h, length, width]; dimensions before the heads become one. */
  private static Tensor batches(Tensor t, Shape lead, int core) {
    long[] sizes = t.shape().toArray();
    long[] last = Arrays.copyOfRange(sizes, Math.max(0, sizes.length - core), sizes.length);
    Tensor all = t.expand(joined(lead, last));
    long length = t.dim(-2);
    long width = t.dim(-1);
    if (core == 3) {
      return lead.rank() == 1 ? all : all.reshape(lead.elements(), t.dim(-3), length, width);
    }
    return switch (lead.rank()) {
      case 0 -> all.unsqueeze(0).unsqueeze(0);
      case 1 -> all.unsqueeze(1);
      case 2 -> all;
      default -> {
        long heads = lead.dim(-1);
        yield all.reshape(lead.elements() / Math.max(1, heads), heads, length, width);
      }
    };
  }

  private static Tensor maskBatches(Tensor mask, Shape lead, int core) {
    int rank = lead.rank() + core;
    if (rank == 4 || mask.rank() == 2) {
      return mask;
    }
    if (core == 2 && rank <= 3) {
      return mask.rank() == 3 ? mask.unsqueeze(1) : mask;
    }
    Tensor raised = mask;
    while (raised.rank() < rank) {
      raised = raised.unsqueeze(0);
    }
    long[] wide = raised.shape().toArray();
    System.arraycopy(lead.toArray(), 0, wide, 0, lead.rank());
    long heads = wide[wide.length - 3];
    long[] all = {-1, heads, wide[wide.length - 2], wide[wide.length - 1]};
    all[0] = core == 3 ? lead.elements() : lead.elements() / Math.max(1, heads);
    return raised.expand(Shape.of(wide)).reshape(all);
  }

  private static Tensor restored(Tensor out, Tensor query, Shape lead, int core) {
    long[] last =
        core == 3
            ? new long[] {query.dim(-3), out.dim(2), out.dim(3)}
            : new long[] {out.dim(2), out.dim(3)};
    Shape shape = joined(lead, last);
    return out.shape().equals(shape) ? out : out.reshape(shape);
  }

  private static Shape lead(Tensor t, int core) {
    return Shape.of(Arrays.copyOf(t.shape().toArray(), Math.max(0, t.rank() - core)));
  }

  private static Shape joined(Shape lead, long... last) {
    long[] sizes = Arrays.copyOf(lead.toArray(), lead.rank() + last.length);
    System.arraycopy(last, 0, sizes, lead.rank(), last.length);
    return Shape.of(sizes);
  }

  /** An operation, and its inputs beside queries, keys and values. */
  private record Call(AttentionOp op, Tensor mask, Tensor ids) {
    static Call of(AttentionOptions options, double scale, Tensor rows, Tensor mask) {
      AttentionOp.Mask kind =
          mask != null
              ? AttentionOp.Mask.GIVEN
              : options.sight == AttentionOptions.Sight.CAUSAL
                  ? AttentionOp.Mask.CAUSAL
                  : AttentionOp.Mask.NONE;
      if (options.dropout == 0) {
        return new Call(new AttentionOp(scale, kind, 0, 0), mask, null);
      }
      Generator.RowKeys keys = Generator.standard().rowKeys(rows);
      return new Call(new AttentionOp(scale, kind, options.dropout, keys.key()), mask, keys.ids());
    }

    Tensor[] with(Tensor... first) {
      List<Tensor> all = new ArrayList<>(List.of(first));
      if (mask != null) {
        all.add(mask);
      }
      if (ids != null) {
        all.add(ids);
      }
      return all.toArray(Tensor[]::new);
    }
  }

  /** By a matrix of all weights, for dropout whose masks differ among the slices of a vmap. */
  private static Tensor attentionByWeights(
      Tensor query, Tensor key, Tensor value, AttentionOptions options, double scale) {
    boolean grouped = options.heads == AttentionOptions.Heads.GROUPED && query.rank() > 2;
    long each = grouped ? query.dim(-3) / Math.max(1, key.dim(-3)) : 1;
    Tensor k = each == 1 ? key : key.repeatInterleave(each, -3);
    Tensor v = each == 1 ? value : value.repeatInterleave(each, -3);
    Tensor scores = attentionScores(query, k, options, scale);
    Tensor blind = scores.detach().eq(Double.NEGATIVE_INFINITY).all(Dim.of(-1), Dim.Keep.KEEP);
    Tensor weights = scores.maskedFill(blind, 0).softmax(-1).maskedFill(blind, 0);
    return dropout(weights, options.dropout).matmul(v);
  }

  /** {@code scale query key^T + mask}, minus infinity where a key is not seen. */
  static Tensor attentionScores(Tensor query, Tensor key, AttentionOptions options, double scale) {
    Tensor scores = query.mul(scale).matmul(key.transpose(-2, -1));
    Tensor mask = options.attnMask;
    if (options.sight == AttentionOptions.Sight.CAUSAL) {
      Shape square = Shape.of(query.dim(-2), key.dim(-2));
      mask = Tensor.ones(square, DType.BOOL, query.device()).tril();
    }
    if (mask == null) {
      return scores;
    }
    return mask.dtype() == DType.BOOL
        ? scores.maskedFill(mask.logicalNot(), Double.NEGATIVE_INFINITY)
        : scores.add(mask);
  }
}
