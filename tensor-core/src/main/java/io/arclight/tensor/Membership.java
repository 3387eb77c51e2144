package io.arclight.tensor;

/** Whether elements are among others. */
final class Membership {
  /** Up to so many values are compared with one by one; more are sorted. */
  private static final int FEW = 8;

  private Membership() {}

  static Tensor isin(Tensor x, Tensor values) {
    Tensor all = values.flatten();
    long n = all.elements();
    if (n <= FEW) {
      return x.unsqueeze(-1).eq(all).any(Dim.of(-1), Dim.Keep.DROP);
    }
    Tensor sorted = (all.dtype() == DType.BOOL ? all.to(DType.UINT8) : all).sort().values();
    Tensor place = sorted.searchsorted(x, Side.LEFT).clamp(null, n - 1);
    return sorted.take(place).eq(x);
  }
}
