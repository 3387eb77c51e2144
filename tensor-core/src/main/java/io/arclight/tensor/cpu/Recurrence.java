package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.cpu.RepeatedProduct.Side;
import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.memory.HostMemory;

/**
 * The loop over time of a recurrent layer on host addresses: a product and a kernel for each step.
 *
 * <p>The rows of a step lie together, those of the longest sequences first, so that the rows of a
 * step are the first ones of the step before. Sequences are worked at in pieces of a fixed number
 * of them, each from the first step to the last by one thread.
 *
 * @param dtype float32 or float64
 * @param batchSizes sequences at each step, never more than at the one before
 * @param reverse whether the last step comes first
 * @param hidden elements of a cell
 * @param state elements of a hidden state; fewer than {@code hidden} with a projection
 * @param product elements of what the state is multiplied to
 * @param saved elements that are kept of a row of gates
 */
public record Recurrence(
    DType dtype,
    long[] batchSizes,
    boolean reverse,
    long hidden,
    long state,
    long product,
    long saved) {

  /** Sequences of a piece. */
  private static final long PIECE = 32;

  /**
   * Addresses of what a forward loop reads and writes; 0 for what a cell has not. The kernel's
   * buffers are gates, product, biasInput, biasHidden, the states before (hidden, cell), and those
   * after.
   *
   * @param gates [rows, saved]: products of the inputs, replaced by what backward needs
   * @param weight [product, state]
   * @param projection [state, hidden] or 0
   */
  public record Forward(
      long gates,
      long biasInput,
      long biasHidden,
      long hidden0,
      long cell0,
      long weight,
      long projection,
      long output,
      long cells,
      long hiddenN,
      long cellN) {}

  /**
   * Addresses of what a backward loop reads and writes. The kernel's buffers are gates, the states
   * before, the states after, gradOutput, gradHidden, gradCell, gradGates, gradProduct, raw.
   *
   * @param gradOutput [rows, state] or 0 for none
   * @param gradHidden gradients of the last hidden states, replaced by those of the first
   * @param gradCell the same of cells
   * @param gradGates [rows, product], to write
   * @param gradProduct the same where it differs from {@code gradGates}, else equal to it
   * @param gradStates [rows, state] to write the gradients of all states to, with a projection
   * @param raw [rows, hidden] to write the outputs before the projection to
   */
  public record Backward(
      long gates,
      long hidden0,
      long cell0,
      long weight,
      long projection,
      long output,
      long cells,
      long gradOutput,
      long gradHidden,
      long gradCell,
      long gradGates,
      long gradProduct,
      long gradStates,
      long raw) {}

  private interface Piece {
    void run(long first, long end);
  }

  private interface Step {
    /**
     * @param row where the step begins
     * @param first the piece's first sequence
     * @param n its sequences at this step
     * @param carried how many of them have a step before
     * @param before where that step begins
     * @param next how many of them have a step after
     */
    void run(long row, long first, long n, long carried, long before, long next);
  }

  private static final int SLOTS = 16;

  /** An argument block. */
  private record Arguments(Scratch block) implements AutoCloseable {
    Arguments() {
      this(new Scratch(8L * SLOTS + Kernel.ERROR_SLOT_BYTES));
    }

    void run(CompiledKernel kernel, long rows, long hidden, long... buffers) {
      long at = block.at();
      for (long buffer : buffers) {
        HostMemory.putInt64(at, buffer);
        at += 8;
      }
      HostMemory.putInt64(at, hidden);
      HostMemory.putInt64(at + 8, block.at() + 8L * SLOTS);
      kernel.run(block.at(), 0, rows);
    }

    @Override
    public void close() {
      block.close();
    }
  }

  /** Writes outputs, cells, last states, and what backward needs of the gates. */
  public void forward(CompiledKernel kernel, Forward at) {
    pieces((first, end) -> forward(kernel, at, first, end));
  }

  private void forward(CompiledKernel kernel, Forward at, long first, long end) {
    long size = dtype.bytes();
    try (Arguments arguments = new Arguments();
        RepeatedProduct weight = times(Side.TRANSPOSED, product, state, at.weight, false);
        RepeatedProduct projection = times(Side.TRANSPOSED, state, hidden, at.projection, false);
        Scratch products = new Scratch(Math.max(1, (end - first) * (product + hidden)) * size)) {
      long raw = products.at() + (end - first) * product * size;
      steps(
          first,
          end,
          Order.FORWARD,
          (row, from, n, carried, before, next) -> {
            long y = at.output + (row + from) * state * size;
            long c = at.cells + (row + from) * hidden * size;
            for (int part = 0; part < 2; part++) {
              long begin = part == 0 ? 0 : carried;
              long count = part == 0 ? carried : n - carried;
              if (count == 0) {
                continue;
              }
              long origin = part == 0 ? before + from : from + carried;
              long h = (part == 0 ? at.output : at.hidden0) + origin * state * size;
              long was = (part == 0 ? at.cells : at.cell0) + origin * hidden * size;
              weight.multiply(count, h, products.at());
              long out = at.projection == 0 ? y + begin * state * size : raw;
              arguments.run(
                  kernel,
                  count,
                  hidden,
                  at.gates + (row + from + begin) * saved * size,
                  products.at(),
                  at.biasInput,
                  at.biasHidden,
                  h,
                  was,
                  out,
                  c + begin * hidden * size);
              if (at.projection != 0) {
                projection.multiply(count, raw, y + begin * state * size);
              }
            }
            copy(y, at.hiddenN + from * state * size, next, n, state);
            if (at.cells != 0) {
              copy(c, at.cellN + from * hidden * size, next, n, hidden);
            }
          });
    }
  }

  private void copy(long from, long to, long begin, long end, long width) {
    if (end > begin) {
      long at = begin * width * dtype.bytes();
      HostMemory.copy(from + at, to + at, (end - begin) * width * dtype.bytes());
    }
  }

  /** Writes the gradients of gates and first states, going through the steps from the end. */
  public void backward(CompiledKernel kernel, Backward at) {
    pieces((first, end) -> backward(kernel, at, first, end));
  }

  private void backward(CompiledKernel kernel, Backward at, long first, long end) {
    long size = dtype.bytes();
    try (Arguments arguments = new Arguments();
        RepeatedProduct weight =
            times(Side.PLAIN, state, product, at.weight, at.gradProduct != at.gradGates);
        RepeatedProduct projection = times(Side.PLAIN, hidden, state, at.projection, false);
        Scratch temporary = new Scratch(Math.max(1, (end - first) * hidden) * size)) {
      steps(
          first,
          end,
          Order.BACKWARD,
          (row, from, n, carried, before, next) -> {
            long dh = at.gradHidden + from * state * size;
            long rows = row + from;
            long upper = dh;
            if (at.projection != 0) {
              upper = temporary.at();
              long all = at.gradStates + rows * state * size;
              accumulate(dh, at.gradOutput == 0 ? 0 : at.gradOutput + rows * state * size, all, n);
              projection.multiply(n, all, upper);
            }
            for (int part = 0; part < 2; part++) {
              long begin = part == 0 ? 0 : carried;
              long count = part == 0 ? carried : n - carried;
              if (count == 0) {
                continue;
              }
              long here = rows + begin;
              long origin = part == 0 ? before + from : from + carried;
              arguments.run(
                  kernel,
                  count,
                  hidden,
                  at.gates + here * saved * size,
                  (part == 0 ? at.output : at.hidden0) + origin * state * size,
                  (part == 0 ? at.cells : at.cell0) + origin * hidden * size,
                  at.output + here * state * size,
                  at.cells + here * hidden * size,
                  at.gradOutput + here * state * size,
                  upper + begin * hidden * size,
                  at.gradCell + (from + begin) * hidden * size,
                  at.gradGates + here * product * size,
                  at.gradProduct + here * product * size,
                  at.raw + here * hidden * size);
            }
            weight.multiply(n, at.gradProduct + rows * product * size, dh);
          });
    }
  }

  /** {@code sum = a + b}, of {@code n} states; b may be 0. */
  private void accumulate(long a, long b, long sum, long n) {
    for (long i = 0; i < n * state; i++) {
      if (dtype == DType.FLOAT32) {
        float v = HostMemory.float32(a + 4 * i);
        HostMemory.putFloat32(sum + 4 * i, b == 0 ? v : v + HostMemory.float32(b + 4 * i));
      } else {
        double v = HostMemory.float64(a + 8 * i);
        HostMemory.putFloat64(sum + 8 * i, b == 0 ? v : v + HostMemory.float64(b + 8 * i));
      }
    }
  }

  private RepeatedProduct times(Side side, long n, long k, long matrix, boolean accumulate) {
    return new RepeatedProduct(dtype, side, n, k, matrix, accumulate);
  }

  private void pieces(Piece piece) {
    long sequences = batchSizes[0];
    Workers.run(
        (sequences + PIECE - 1) / PIECE,
        1,
        (begin, end) -> {
          for (long i = begin; i < end; i++) {
            piece.run(i * PIECE, Math.min(sequences, (i + 1) * PIECE));
          }
        });
  }

  private enum Order {
    FORWARD,
    BACKWARD
  }

  /** The steps at which the piece has sequences. */
  private void steps(long first, long end, Order order, Step step) {
    int count = batchSizes.length;
    long[] rows = new long[count];
    for (int t = 1; t < count; t++) {
      rows[t] = rows[t - 1] + batchSizes[t - 1];
    }
    boolean up = reverse == (order == Order.BACKWARD);
    for (int i = 0; i < count; i++) {
      int t = up ? i : count - 1 - i;
      int before = reverse ? t + 1 : t - 1;
      int after = reverse ? t - 1 : t + 1;
      long n = sequences(t, first, end);
      if (n > 0) {
        long carried = Math.min(n, sequences(before, first, end));
        long next = Math.min(n, sequences(after, first, end));
        step.run(rows[t], first, n, carried, carried == 0 ? 0 : rows[before], next);
      }
    }
  }

  private long sequences(int t, long first, long end) {
    return t < 0 || t >= batchSizes.length ? 0 : Math.max(0, Math.min(batchSizes[t], end) - first);
  }
}
