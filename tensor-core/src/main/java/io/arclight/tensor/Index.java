package io.arclight.tensor;

import java.util.Arrays;

/**
 * One entry of an index, as between the brackets of PyTorch's {@code x[...]}; for {@link
 * Tensor#index} and {@link Tensor#set}.
 *
 * <pre>{@code
 * import static io.arclight.tensor.Index.*;
 *
 * x.index(at(0));                          // x[0]
 * x.index(ALL, slice(1, -1));              // x[:, 1:-1]
 * x.index(from(2), until(-1), every(2));   // x[2:, :-1, ::2]
 * x.index(ELLIPSIS, at(-1), NEW_AXIS);     // x[..., -1, None]
 * x.index(at(rows), at(columns));          // x[rows, columns], two integer tensors
 * x.index(at(x.gt(0)));                    // x[x > 0]
 * x.set(0, at(x.isnan()));                 // x[x.isnan()] = 0
 * x.set(y, ALL, pick(2, 0));               // x[:, [2, 0]] = y
 * }</pre>
 *
 * <p>Without tensors among the entries the result is a view. Integer tensors broadcast together,
 * and their dimensions take the place of the dimensions that they index, or come first where other
 * entries stand between them.
 */
public sealed interface Index {
  /** All indices of a dimension: {@code :}. */
  Index ALL = new Slice(0, Slice.END, 1);

  /** As many {@link #ALL} as dimensions are left: {@code ...}. */
  Index ELLIPSIS = new Ellipsis();

  /** A new dimension of size 1: {@code None}. */
  Index NEW_AXIS = new NewAxis();

  /** One index, whose dimension goes; negative counts from the end. */
  record At(long index) implements Index {}

  /** Indices start, start + step, ... below end; negative start and end count from the end. */
  record Slice(long start, long end, long step) implements Index {
    /** An end beyond all. */
    static final long END = Long.MAX_VALUE;
  }

  /** The type of {@link Index#ELLIPSIS}. */
  record Ellipsis() implements Index {}

  /** The type of {@link Index#NEW_AXIS}. */
  record NewAxis() implements Index {}

  /** Integer indices of one dimension, or a mask over as many dimensions as it has. */
  record Tensors(Tensor tensor) implements Index {}

  /** One index, whose dimension goes: {@code i}. */
  static Index at(long index) {
    return new At(index);
  }

  /**
   * Indices given by a tensor: int64 or int32 ones of one dimension (negative ones count from the
   * end), or a bool mask over as many dimensions as it has.
   */
  static Index at(Tensor indicesOrMask) {
    return new Tensors(indicesOrMask);
  }

  /** The indices listed, as a tensor of them: {@code [2, 0, 1]}. */
  static Index pick(long... indices) {
    return new Tensors(Tensor.of(Arrays.copyOf(indices, indices.length)));
  }

  /** {@code start:end}. */
  static Index slice(long start, long end) {
    return new Slice(start, end, 1);
  }

  /**
   * {@code start:end:step}.
   *
   * @param step positive, as in PyTorch; for the other direction see {@link Tensor#flip}
   */
  static Index slice(long start, long end, long step) {
    return new Slice(start, end, step);
  }

  /** {@code start:}. */
  static Index from(long start) {
    return new Slice(start, Slice.END, 1);
  }

  /** {@code :end}. */
  static Index until(long end) {
    return new Slice(0, end, 1);
  }

  /** {@code ::step}. */
  static Index every(long step) {
    return new Slice(0, Slice.END, step);
  }
}
