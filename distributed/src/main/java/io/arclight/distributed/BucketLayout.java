package io.arclight.distributed;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How gradients are packed for sending: from the last parameter to the first, as backward makes
 * them in about that order, one dtype to a bucket. A pure function of the parameters, so that all
 * ranks agree.
 */
record BucketLayout(List<Bucket> buckets) {
  /** A parameter's place: its index, and its first element in the bucket. */
  record Slot(int parameter, long offset) {}

  /** Gradients that travel together. */
  record Bucket(DType dtype, long elements, List<Slot> slots) {}

  private static final class Open {
    final List<Slot> slots = new ArrayList<>();
    long elements;
  }

  static BucketLayout of(List<Tensor> parameters, long firstBucketBytes, long bucketBytes) {
    List<Bucket> closed = new ArrayList<>();
    Map<DType, Open> open = new EnumMap<>(DType.class);
    for (int i = parameters.size() - 1; i >= 0; i--) {
      Tensor parameter = parameters.get(i);
      DType dtype = parameter.dtype();
      Open bucket = open.computeIfAbsent(dtype, key -> new Open());
      bucket.slots.add(new Slot(i, bucket.elements));
      bucket.elements += parameter.elements();
      long cap = closed.isEmpty() ? firstBucketBytes : bucketBytes;
      if (bucket.elements * dtype.bytes() >= cap) {
        closed.add(close(dtype, open.remove(dtype)));
      }
    }
    open.forEach((dtype, bucket) -> closed.add(close(dtype, bucket)));
    return new BucketLayout(List.copyOf(closed));
  }

  private static Bucket close(DType dtype, Open bucket) {
    return new Bucket(dtype, bucket.elements, List.copyOf(bucket.slots));
  }
}
