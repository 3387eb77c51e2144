package io.arclight.nn.utils;

/** What sequences to pack look like. */
public record Packing(Padding.First first, Order order) {
  /** The order of the sequences of a batch. */
  public enum Order {
    /** The longest first; others are an error. */
    SORTED,
    /** Any; they are sorted, and the states of layers come back in the order of the batch. */
    ANY
  }

  /** [steps, batch, ...], the longest sequence first. */
  public static Packing standard() {
    return new Packing(Padding.First.STEPS, Order.SORTED);
  }

  /** As [batch, steps, ...]. */
  public Packing batchFirst() {
    return new Packing(Padding.First.BATCH, order);
  }

  /** Of sequences in any order: PyTorch's {@code enforce_sorted=False}. */
  public Packing unsorted() {
    return new Packing(first, Order.ANY);
  }
}
