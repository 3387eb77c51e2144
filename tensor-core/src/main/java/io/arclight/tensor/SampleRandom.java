package io.arclight.tensor;

/**
 * Keys of randomness per sample: what a sample draws depends on (seed, step, stream, sample id) and
 * never on which worker computes it or what else is in its batch.
 */
public final class SampleRandom {
  private final long seed;
  private final long step;
  private final Tensor sampleIds;
  private int streams;

  /**
   * @param sampleIds int64 [n], on the device of the batch
   */
  public SampleRandom(long seed, long step, Tensor sampleIds) {
    this.seed = seed;
    this.step = step;
    this.sampleIds = sampleIds;
  }

  /** The samples' identities, int64 [n]. */
  public Tensor sampleIds() {
    return sampleIds;
  }

  /** Whether rows of {@code x} are the samples. */
  public boolean covers(Tensor x) {
    return x.rank() > 0 && x.dim(0) == sampleIds.dim(0) && x.device().equals(sampleIds.device());
  }

  /** A key for the next random operation of this step: layers draw from streams of their own. */
  public long nextKey() {
    return Philox.mix(Philox.mix(seed, step), streams++);
  }

  /** The same keys from here on, apart from this: what draws from it draws the same again. */
  public SampleRandom fork() {
    SampleRandom out = new SampleRandom(seed, step, sampleIds);
    out.streams = streams;
    return out;
  }
}
