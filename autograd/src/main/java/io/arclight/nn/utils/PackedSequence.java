package io.arclight.nn.utils;

import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * Sequences of different lengths without padding, step by step: the first elements of all
 * sequences, the longest first, then the second elements of those that have one, and so on.
 *
 * @param data [elements of all sequences, ...]
 * @param batchSizes how many sequences have a first, a second, ... element
 * @param sortedIndices int64 [batch], the places of the sequences in the batch by which they were
 *     sorted; null if they came in order
 * @param unsortedIndices the inverse of {@code sortedIndices}, or null
 */
public record PackedSequence(
    Tensor data, List<Long> batchSizes, Tensor sortedIndices, Tensor unsortedIndices) {

  public PackedSequence {
    batchSizes = List.copyOf(batchSizes);
    long rows = batchSizes.stream().mapToLong(n -> n).sum();
    if (batchSizes.isEmpty() || data.rank() == 0 || rows != data.dim(0)) {
      throw new IllegalArgumentException(
          "PackedSequence: batch sizes "
              + batchSizes
              + " must add up to the rows of the data "
              + data.shape());
    }
  }

  /** Other values for the same elements, such as a layer's outputs. */
  public PackedSequence withData(Tensor other) {
    return new PackedSequence(other, batchSizes, sortedIndices, unsortedIndices);
  }

  /** The same on a device. */
  public PackedSequence to(Device device) {
    return new PackedSequence(
        data.to(device), batchSizes, moved(sortedIndices, device), moved(unsortedIndices, device));
  }

  private static Tensor moved(Tensor indices, Device device) {
    return indices == null ? null : indices.to(device);
  }
}
