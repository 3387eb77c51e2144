package io.arclight.distributed;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the buffers of a module equal on all ranks, such as running statistics: what a step changed
 * on any rank becomes the mean over the ranks that changed it, or, of whole numbers and flags, the
 * largest value. What nobody changes is never sent.
 */
final class SharedBuffers {
  private final List<Tensor> buffers;
  private final int[] versions;

  SharedBuffers(List<Tensor> buffers) {
    this.buffers = List.copyOf(buffers);
    this.versions = new int[buffers.size()];
    remember();
  }

  int size() {
    return buffers.size();
  }

  /** The present values are those that all ranks have. */
  void remember() {
    for (int i = 0; i < versions.length; i++) {
      versions[i] = buffers.get(i).version();
    }
  }

  /** Whether this rank has changed buffer {@code index} since all ranks had the same values. */
  boolean isChanged(int index) {
    return buffers.get(index).version() != versions[index];
  }

  /**
   * Joins them over all ranks.
   *
   * @param changes on how many ranks each buffer has changed
   */
  void join(Communicator group, double... changes) {
    List<Integer> means = new ArrayList<>();
    List<Integer> largest = new ArrayList<>();
    for (int i = 0; i < changes.length; i++) {
      if (changes[i] > 0) {
        (isWhole(i) ? largest : means).add(i);
      }
    }
    if (!means.isEmpty()) {
      Tensor sums = packed(means, DType.FLOAT64, 0);
      group.allReduce(sums, ReduceOp.SUM).await();
      unpack(means, sums, changes);
    }
    if (!largest.isEmpty()) {
      Tensor values = packed(largest, DType.INT64, Long.MIN_VALUE);
      group.allReduce(values, ReduceOp.MAX).await();
      unpack(largest, values, null);
    }
    remember();
  }

  private boolean isWhole(int index) {
    DType dtype = buffers.get(index).dtype();
    return !dtype.isFloatingPoint() && !dtype.isComplex();
  }

  /** One row of all values; {@code otherwise} where this rank has changed nothing. */
  private Tensor packed(List<Integer> indices, DType dtype, long otherwise) {
    List<Tensor> parts = new ArrayList<>();
    for (int i : indices) {
      Tensor values = numbers(i).to(Device.CPU).to(dtype).flatten();
      parts.add(isChanged(i) ? values : values.fullLike(otherwise));
    }
    return Tensor.cat(0, parts.toArray(new Tensor[0])).contiguous();
  }

  /** A buffer as real numbers. */
  private Tensor numbers(int index) {
    Tensor buffer = buffers.get(index).detach();
    return buffer.dtype().isComplex() ? buffer.viewAsReal() : buffer;
  }

  private void unpack(List<Integer> indices, Tensor values, double[] counts) {
    long at = 0;
    for (int i : indices) {
      Tensor target = numbers(i);
      Shape shape = target.shape();
      Tensor value = values.narrow(0, at, shape.elements()).reshape(shape);
      at += shape.elements();
      value = counts == null ? value : value.div(counts[i]);
      target.copyInPlace(value.to(target.dtype()).to(target.device()));
    }
  }
}
