package io.arclight.data;

import java.util.PrimitiveIterator;
import java.util.stream.LongStream;

/**
 * All samples in order.
 *
 * @param size of the data set
 */
public record SequentialSampler(long size) implements Sampler {

  @Override
  public PrimitiveIterator.OfLong iterator(int epoch) {
    return LongStream.range(0, size).iterator();
  }
}
