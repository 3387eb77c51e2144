package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.cpu.Gemm;
import io.arclight.tensor.cpu.Product;

/**
 * The products with one weight [wide, in] of a recurrent layer that are of many steps at once, on
 * addresses.
 *
 * @param gates elements from row to row of gates
 */
record RecurrentProducts(DType dtype, long in, long wide, long gates) {
  /** {@code gates = x weight^T}, for rows. */
  void forward(long begin, long end, long x, long weight, long to) {
    Product product = new Product(dtype, false, true, end - begin, wide, in, in, in, gates, false);
    multiply(product, row(x, begin, in), weight, row(to, begin, gates));
  }

  /** {@code gradX = gradGates weight}, for rows. */
  void backward(long begin, long end, long grads, long weight, long gradX) {
    Product product = new Product(dtype, false, false, end - begin, in, wide, gates, in, in, false);
    multiply(product, row(grads, begin, gates), weight, row(gradX, begin, in));
  }

  /** {@code gradWeight += gradGates^T x}, for {@code count} rows from places in each. */
  void weight(long begin, long count, long grads, long x, long first, long gradWeight) {
    if (count > 0) {
      Product product = new Product(dtype, true, false, wide, in, count, gates, in, in, true);
      multiply(product, row(grads, begin, gates), row(x, first, in), gradWeight);
    }
  }

  /** {@code gradBias += } the sum of rows; {@code ones} are as many as a span has rows. */
  void bias(long begin, long end, long ones, long grads, long gradBias) {
    long rows = end - begin;
    Product product = new Product(dtype, false, false, 1, wide, rows, rows, gates, wide, true);
    multiply(product, ones, row(grads, begin, gates), gradBias);
  }

  /** As {@code weight}, where x is the states before: outputs, or for a batch the first ones. */
  void before(
      long begin,
      long end,
      long rows,
      long batch,
      boolean reverse,
      long grads,
      long outputs,
      long hidden,
      long gradWeight) {
    long least = reverse ? 0 : batch;
    long most = reverse ? rows - batch : rows;
    long from = Math.max(begin, least);
    weight(
        from,
        Math.min(end, most) - from,
        grads,
        outputs,
        reverse ? from + batch : from - batch,
        gradWeight);
    boolean first = reverse ? end == rows : begin == 0;
    weight(reverse ? most : 0, first ? batch : 0, grads, hidden, 0, gradWeight);
  }

  private long row(long address, long row, long width) {
    return address + row * width * dtype.bytes();
  }

  private static void multiply(Product product, long a, long b, long c) {
    Gemm.multiply(product, 1, a, 0, b, 0, c, 0);
  }
}
