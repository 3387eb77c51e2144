package io.arclight.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.cpu.Convolution.Direction;
import io.arclight.tensor.cpu.OneDnnPrimitive.Argument;
import io.arclight.tensor.cpu.OneDnnPrimitive.Into;
import io.arclight.tensor.memory.Storage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * A convolution of oneDNN: the batch in pieces of a size that depends on the shape alone, and the
 * weight copied to and from the layout that the primitives want.
 *
 * <p>Channels-last activations cost oneDNN nothing against its own blocked layouts: on AVX-512 the
 * convolutions of ResNet-18 take 0.9 to 1.1 times as long, and need no copies at their borders.
 */
final class OneDnnConvolution extends OneDnnCache.Entry {
  private static final long MOST_PIECES = 8;

  /** Of a piece: the fewest multiplications, and positions, for which a weight is read. */
  private static final long WORK = 8_000_000;

  private static final long ROWS = 64;
  private static final long WORK_OF_WEIGHT = 2_000_000;
  private static final long ROWS_OF_WEIGHT = 512;

  /**
   * Bytes of activations that stay in the near cache, which the gradient of a weight goes over many
   * times: pieces of that size take 0.8 of the time of a large batch at once.
   */
  private static final long NEAR = 512 << 10;

  /** Bytes of all partial gradients of a weight. */
  private static final long PARTS = 16 << 20;

  private final Convolution of;
  private final long piece;
  private final long pieces;

  /** Null where oneDNN has no safe implementation. */
  private OneDnnPrimitive whole;

  /** Of the last piece, where that is shorter. */
  private OneDnnPrimitive rest;

  /** From or to the row-major weight; null where that is what the primitives want. */
  private OneDnnPrimitive reorder;

  /** The primitives' of the weight, as a key; set with {@link #reorder}. */
  private ByteBuffer layout;

  /** A piece's gradients to what those of the pieces before it have summed to. */
  private OneDnnPrimitive addWeight;

  private OneDnnPrimitive moveBias;
  private OneDnnPrimitive addBias;

  OneDnnConvolution(Convolution of) {
    // Primitives keep the number of threads that the one who makes them had.
    OneDnn.prepareThread();
    this.of = of;
    long n = of.input().dim(0);
    piece = piece(of);
    pieces = (n + piece - 1) / piece;
    dnnl_memory_desc any = plain(weightDims(of), null, ofWeight(of));
    whole = make(of.of(piece), any);
    dnnl_memory_desc_destroy(any);
    long last = n - piece * (pieces - 1);
    if (whole != null && last != piece) {
      rest = make(of.of(last), whole.layout(1));
      if (rest == null) {
        whole.free();
        whole = null;
      }
    }
    if (whole != null) {
      layOut();
    }
  }

  private static long piece(Convolution c) {
    long n = c.input().dim(0);
    if (c.direction() != Direction.WEIGHT) {
      long rows = n * c.positions() / ROWS;
      long work = n * c.multiplications() / WORK;
      long count = Math.max(1, Math.min(Math.min(MOST_PIECES, n), Math.min(rows, work)));
      return (n + count - 1) / count;
    }
    if (c.dtype() != DType.FLOAT32) {
      return n;
    }
    long image = (c.input().elements() + c.output().elements()) / n * c.dtype().bytes();
    long parts = Math.max(1, PARTS / (c.weight().elements() * c.dtype().bytes()));
    long least = Math.max(ROWS_OF_WEIGHT / c.positions(), WORK_OF_WEIGHT / c.multiplications());
    return Math.min(n, Math.max(Math.max(NEAR / image, least + 1), (n + parts - 1) / parts));
  }

  /** The type that primitives give a weight's gradient in. */
  private static int ofWeight(Convolution c) {
    return c.direction() == Direction.WEIGHT ? dnnl_f32 : type(c.dtype());
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> dnnl_f32;
      case BFLOAT16 -> dnnl_bf16;
      case FLOAT16 -> dnnl_f16;
      default -> throw new IllegalArgumentException("no convolution of " + dtype);
    };
  }

  private static long[] weightDims(Convolution c) {
    long[] dims = c.weight().toArray();
    if (c.groups() == 1) {
      return dims;
    }
    long[] grouped = new long[dims.length + 1];
    grouped[0] = c.groups();
    grouped[1] = dims[0] / c.groups();
    System.arraycopy(dims, 1, grouped, 2, dims.length - 1);
    return grouped;
  }

  /** A layout by strides, or any where they are null. */
  private static dnnl_memory_desc plain(long[] dims, long[] strides, int type) {
    dnnl_memory_desc out = new dnnl_memory_desc();
    OneDnn.check(
        strides == null
            ? dnnl_memory_desc_create_with_tag(out, dims.length, dims, type, dnnl_format_tag_any)
            : dnnl_memory_desc_create_with_strides(out, dims.length, dims, type, strides),
        "a layout");
    return out;
  }

  private static long[] rowMajor(long[] dims) {
    long[] strides = new long[dims.length];
    long step = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= dims[i];
    }
    return strides;
  }

  private static dnnl_memory_desc channelsLast(Shape shape, int type) {
    long[] dims = shape.toArray();
    long[] strides = new long[dims.length];
    strides[1] = 1;
    long step = dims[1];
    for (int i = dims.length - 1; i > 1; i--) {
      strides[i] = step;
      step *= dims[i];
    }
    strides[0] = step;
    return plain(dims, strides, type);
  }

  private static OneDnnPrimitive make(Convolution c, dnnl_memory_desc w) {
    int type = type(c.dtype());
    dnnl_memory_desc x = channelsLast(c.input(), type);
    dnnl_memory_desc y = channelsLast(c.output(), type);
    dnnl_memory_desc b = c.biased() ? bias(c, ofWeight(c)) : null;
    dnnl_primitive_attr attributes = OneDnnPrimitive.attributes(c, Into.OVERWRITE);
    dnnl_primitive_desc hint = c.direction() == Direction.FORWARD ? null : hint(c, x, y);
    dnnl_primitive_desc found = new dnnl_primitive_desc();
    try {
      int status =
          switch (c.direction()) {
            case FORWARD ->
                dnnl_convolution_forward_primitive_desc_create(
                    found,
                    OneDnn.engine(),
                    dnnl_forward_training,
                    dnnl_convolution_direct,
                    x,
                    w,
                    b,
                    y,
                    c.stride().toArray(),
                    gaps(c),
                    c.before().toArray(),
                    c.after().toArray(),
                    attributes);
            case DATA ->
                dnnl_convolution_backward_data_primitive_desc_create(
                    found,
                    OneDnn.engine(),
                    dnnl_convolution_direct,
                    x,
                    w,
                    y,
                    c.stride().toArray(),
                    gaps(c),
                    c.before().toArray(),
                    c.after().toArray(),
                    hint,
                    attributes);
            case WEIGHT ->
                dnnl_convolution_backward_weights_primitive_desc_create(
                    found,
                    OneDnn.engine(),
                    dnnl_convolution_direct,
                    x,
                    w,
                    b,
                    y,
                    c.stride().toArray(),
                    gaps(c),
                    c.before().toArray(),
                    c.after().toArray(),
                    hint,
                    attributes);
          };
      if (status == dnnl_unimplemented) {
        return null;
      }
      OneDnn.check(status, c);
      boolean safe = OneDnnPrimitive.findSafe(c, found);
      OneDnnPrimitive out = safe ? new OneDnnPrimitive(c, found, arguments(c)) : null;
      dnnl_primitive_desc_destroy(found);
      return out;
    } finally {
      if (hint != null) {
        dnnl_primitive_desc_destroy(hint);
      }
      dnnl_primitive_attr_destroy(attributes);
      dnnl_memory_desc_destroy(x);
      dnnl_memory_desc_destroy(y);
      if (b != null) {
        dnnl_memory_desc_destroy(b);
      }
    }
  }

  /** What a gradient's description begins with; null where there is none. */
  private static dnnl_primitive_desc hint(Convolution c, dnnl_memory_desc x, dnnl_memory_desc y) {
    dnnl_memory_desc any = plain(weightDims(c), null, type(c.dtype()));
    dnnl_primitive_desc out = new dnnl_primitive_desc();
    int status =
        dnnl_convolution_forward_primitive_desc_create(
            out,
            OneDnn.engine(),
            dnnl_forward_training,
            dnnl_convolution_direct,
            x,
            any,
            null,
            y,
            c.stride().toArray(),
            gaps(c),
            c.before().toArray(),
            c.after().toArray(),
            null);
    dnnl_memory_desc_destroy(any);
    if (status != dnnl_unimplemented) {
      OneDnn.check(status, c);
    }
    return status == dnnl_success ? out : null;
  }

  /** oneDNN counts the elements left out. */
  private static long[] gaps(Convolution c) {
    long[] out = c.dilation().toArray();
    for (int i = 0; i < out.length; i++) {
      out[i]--;
    }
    return out;
  }

  private static dnnl_memory_desc bias(Convolution c, int type) {
    return plain(new long[] {c.output().dim(1)}, new long[] {1}, type);
  }

  /** The activations, the weight between them, and the bias or its gradient. */
  private static Argument[] arguments(Convolution c) {
    Argument[] all =
        switch (c.direction()) {
          case FORWARD ->
              new Argument[] {
                new Argument(DNNL_ARG_SRC, dnnl_query_src_md, 0),
                new Argument(DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0),
                new Argument(DNNL_ARG_DST, dnnl_query_dst_md, 0),
                new Argument(DNNL_ARG_BIAS, dnnl_query_weights_md, 1)
              };
          case DATA ->
              new Argument[] {
                new Argument(DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, 0),
                new Argument(DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0),
                new Argument(DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0)
              };
          case WEIGHT ->
              new Argument[] {
                new Argument(DNNL_ARG_SRC, dnnl_query_src_md, 0),
                new Argument(DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md, 0),
                new Argument(DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0),
                new Argument(DNNL_ARG_DIFF_BIAS, dnnl_query_diff_weights_md, 1)
              };
        };
    return c.biased() ? all : Arrays.copyOf(all, 3);
  }

  private void layOut() {
    long[] dims = weightDims(of);
    dnnl_memory_desc wanted = whole.layout(1);
    dnnl_memory_desc rowMajor = plain(dims, rowMajor(dims), type(of.dtype()));
    boolean gradient = of.direction() == Direction.WEIGHT;
    if (pieces > 1 && gradient || dnnl_memory_desc_equal(wanted, rowMajor) == 0) {
      reorder =
          gradient
              ? OneDnnPrimitive.reorder(of, wanted, rowMajor, Into.OVERWRITE)
              : OneDnnPrimitive.reorder(of, rowMajor, wanted, Into.OVERWRITE);
      layout = OneDnnPrimitive.key(wanted);
    }
    if (gradient && pieces > 1) {
      addWeight = OneDnnPrimitive.reorder(of, wanted, rowMajor, Into.ADD);
    }
    if (gradient && of.biased()) {
      dnnl_memory_desc target = bias(of, type(of.dtype()));
      moveBias = OneDnnPrimitive.reorder(of, whole.layout(3), target, Into.OVERWRITE);
      addBias = pieces > 1 ? OneDnnPrimitive.reorder(of, whole.layout(3), target, Into.ADD) : null;
      dnnl_memory_desc_destroy(target);
    }
    dnnl_memory_desc_destroy(rowMajor);
  }

  boolean available() {
    return whole != null;
  }

  /** {@code packed} is null where the weight may change. */
  void run(long x, long w, PackedWeight packed, long b, long y) {
    if (of.direction() == Direction.WEIGHT) {
      runWeight(x, w, b, y);
      return;
    }
    if (reorder == null) {
      runPieces(x, w, 0, b, 0, y);
      return;
    }
    long bytes = OneDnnPrimitive.bytes(whole.layout(1));
    Storage ready = packed == null ? null : packed.in(layout, bytes, at -> reorder.run(w, at));
    if (ready != null) {
      runPieces(x, ready.address(), 0, b, 0, y);
      return;
    }
    try (Scratch wanted = new Scratch(bytes)) {
      reorder.run(w, wanted.at());
      runPieces(x, wanted.at(), 0, b, 0, y);
    }
  }

  /** Partial gradients of the pieces, which are then added up in order. */
  private void runWeight(long x, long w, long b, long y) {
    long weightBytes = reorder == null ? 0 : align(OneDnnPrimitive.bytes(whole.layout(1)));
    long biasBytes = of.biased() ? align(OneDnnPrimitive.bytes(whole.layout(3))) : 0;
    try (Scratch parts = new Scratch(pieces * (weightBytes + biasBytes))) {
      long weights = reorder == null ? w : parts.at();
      long biases = parts.at() + pieces * weightBytes;
      runPieces(x, weights, weightBytes, biases, biasBytes, y);
      for (long i = 0; i < pieces; i++) {
        if (reorder != null) {
          (i == 0 ? reorder : addWeight).run(weights + i * weightBytes, w);
        }
        if (of.biased()) {
          (i == 0 ? moveBias : addBias).run(biases + i * biasBytes, b);
        }
      }
    }
  }

  private static long align(long bytes) {
    return (bytes + 63) / 64 * 64;
  }

  /** {@code strideW} and {@code strideB} bytes lie between the weights and biases of pieces. */
  private void runPieces(long x, long w, long strideW, long b, long strideB, long y) {
    long inputBytes = bytes(of.input());
    long outputBytes = bytes(of.output());
    Workers.run(
        pieces,
        1,
        (begin, end) -> {
          for (long i = begin; i < end; i++) {
            OneDnnPrimitive primitive = i == pieces - 1 && rest != null ? rest : whole;
            primitive.run(
                x + i * inputBytes, w + i * strideW, y + i * outputBytes, b + i * strideB);
          }
        });
  }

  /** Of a piece. */
  private long bytes(Shape all) {
    return all.elements() / all.dim(0) * piece * of.dtype().bytes();
  }

  @Override
  void free() {
    OneDnnPrimitive[] all = {whole, rest, reorder, addWeight, moveBias, addBias};
    for (OneDnnPrimitive primitive : all) {
      if (primitive != null) {
        primitive.free();
      }
    }
  }
}
