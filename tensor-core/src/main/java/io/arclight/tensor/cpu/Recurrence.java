package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.cpu.RepeatedProduct.Side;
import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.memory.HostMemory;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;

/**
 * The loop over time of a recurrent layer on host addresses: a product and a kernel for each step.
 *
 * <p>The rows of a step lie together, those of the longest sequences first, so that the rows of a
 * step are the first ones of the step before. Sequences are worked at in pieces of a fixed number
 * of them, each by one thread at a time. Steps are gone through in spans, of which the gates stay
 * in the cache between the loop and the large products beside it.
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

  /** Rows of a span, about. */
  private static final long SPAN_ROWS = 512;

  /** The fewest steps of a span: threads meet after each. */
  private static final long SPAN_STEPS = 8;

  /**
   * Addresses of what a forward loop reads and writes; 0 for what a cell has not. The kernel's
   * buffers are gates, product, biasInput, biasHidden, the states before (hidden, cell), and those
   * after.
   *
   * @param kept the rows of {@code gates}
   * @param gates [rows, saved]: products of the inputs, replaced by what backward needs
   * @param weight [product, state]
   * @param projection [state, hidden] or 0
   * @param cells [rows, hidden] to write all cell states to, or 0
   */
  public record Forward(
      Kept kept,
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
   * @param kept the rows of {@code gradGates} and {@code gradProduct}
   * @param gradGates [rows, product], to write
   * @param gradProduct the same where it differs from {@code gradGates}, else equal to it
   * @param gradStates [rows, state] to write the gradients of all states to, with a projection
   * @param raw [rows, hidden] to write the outputs before the projection to
   */
  public record Backward(
      Kept kept,
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

  /** Which rows have memory: those of all steps, or of one span after the other. */
  public enum Kept {
    ALL,
    SPAN
  }

  /** Works at the rows of a span, from {@code begin} to {@code end}. */
  @FunctionalInterface
  public interface Rows {
    void run(long begin, long end);
  }

  /** What one thread has for a piece while it goes through all steps. */
  private final class Lane implements AutoCloseable {
    final long first;
    final long end;
    final Arguments arguments = new Arguments();
    final RepeatedProduct weight;
    final RepeatedProduct projection;
    final Scratch scratch;

    Lane(long piece, RepeatedProduct weight, RepeatedProduct projection, long width) {
      first = piece * PIECE;
      end = Math.min(batchSizes[0], first + PIECE);
      this.weight = weight;
      this.projection = projection;
      scratch = new Scratch(Math.max(1, (end - first) * width) * dtype.bytes());
    }

    @Override
    public void close() {
      arguments.close();
      weight.close();
      projection.close();
      scratch.close();
    }
  }

  /**
   * The steps from the {@code begin}th to before the {@code end}th in the order of the loop.
   *
   * @param rows where each step begins, and the last ends
   * @param row where the span does
   */
  private record Span(Order order, long[] rows, int begin, int end, long row) {}

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

  /**
   * Writes outputs, cells, last states, and what backward needs of the gates.
   *
   * @param inputs writes products of the inputs to {@code gates}, of the rows that come next
   */
  public void forward(CompiledKernel kernel, Forward at, Rows inputs) {
    if (at.cells == 0 && at.cell0 != 0) {
      copy(at.cell0, at.cellN, 0, batchSizes[0], hidden);
    }
    run(
        Order.FORWARD,
        piece ->
            new Lane(
                piece,
                times(Side.TRANSPOSED, product, state, at.weight, false),
                times(Side.TRANSPOSED, state, hidden, at.projection, false),
                product + hidden),
        inputs,
        (lane, span) -> forward(kernel, at, lane, span),
        (begin, end) -> {});
  }

  private void forward(CompiledKernel kernel, Forward at, Lane lane, Span span) {
    long size = dtype.bytes();
    long products = lane.scratch.at();
    long raw = products + (lane.end - lane.first) * product * size;
    long gates = at.gates - (at.kept == Kept.SPAN ? span.row * saved * size : 0);
    steps(
        lane,
        span,
        (row, from, n, carried, before, next) -> {
          long y = at.output + (row + from) * state * size;
          // Where not all cell states are kept, those of a step replace those before.
          boolean all = at.cells != 0;
          long c = all ? at.cells + (row + from) * hidden * size : at.cellN + from * hidden * size;
          for (int part = 0; part < 2; part++) {
            long begin = part == 0 ? 0 : carried;
            long count = part == 0 ? carried : n - carried;
            if (count == 0) {
              continue;
            }
            long origin = part == 0 ? before + from : from + carried;
            long h = (part == 0 ? at.output : at.hidden0) + origin * state * size;
            long was =
                all
                    ? (part == 0 ? at.cells : at.cell0) + origin * hidden * size
                    : c + begin * hidden * size;
            lane.weight.multiply(count, h, products);
            long out = at.projection == 0 ? y + begin * state * size : raw;
            lane.arguments.run(
                kernel,
                count,
                hidden,
                gates + (row + from + begin) * saved * size,
                products,
                at.biasInput,
                at.biasHidden,
                h,
                was,
                out,
                c + begin * hidden * size);
            if (at.projection != 0) {
              lane.projection.multiply(count, raw, y + begin * state * size);
            }
          }
          copy(y, at.hiddenN + from * state * size, next, n, state);
          if (all) {
            copy(c, at.cellN + from * hidden * size, next, n, hidden);
          }
        });
  }

  private void copy(long from, long to, long begin, long end, long width) {
    if (end > begin) {
      long at = begin * width * dtype.bytes();
      HostMemory.copy(from + at, to + at, (end - begin) * width * dtype.bytes());
    }
  }

  /**
   * Writes the gradients of gates and first states, going through the steps from the end.
   *
   * @param finished is told of rows whose gradients are there
   */
  public void backward(CompiledKernel kernel, Backward at, Rows finished) {
    boolean separate = at.gradProduct != at.gradGates;
    run(
        Order.BACKWARD,
        piece ->
            new Lane(
                piece,
                times(Side.PLAIN, state, product, at.weight, separate),
                times(Side.PLAIN, hidden, state, at.projection, false),
                hidden),
        (begin, end) -> {},
        (lane, span) -> backward(kernel, at, lane, span),
        finished);
  }

  private void backward(CompiledKernel kernel, Backward at, Lane lane, Span span) {
    long size = dtype.bytes();
    long origins = at.kept == Kept.SPAN ? span.row * product * size : 0;
    long gradGates = at.gradGates - origins;
    long gradProduct = at.gradProduct - origins;
    steps(
        lane,
        span,
        (row, from, n, carried, before, next) -> {
          long dh = at.gradHidden + from * state * size;
          long rows = row + from;
          long upper = dh;
          if (at.projection != 0) {
            upper = lane.scratch.at();
            long all = at.gradStates + rows * state * size;
            accumulate(dh, at.gradOutput == 0 ? 0 : at.gradOutput + rows * state * size, all, n);
            lane.projection.multiply(n, all, upper);
          }
          for (int part = 0; part < 2; part++) {
            long begin = part == 0 ? 0 : carried;
            long count = part == 0 ? carried : n - carried;
            if (count == 0) {
              continue;
            }
            long here = rows + begin;
            long origin = part == 0 ? before + from : from + carried;
            lane.arguments.run(
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
                gradGates + here * product * size,
                gradProduct + here * product * size,
                at.raw + here * hidden * size);
          }
          lane.weight.multiply(n, gradProduct + rows * product * size, dh);
        });
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
    boolean even = batchSizes[batchSizes.length - 1] == batchSizes[0];
    long uses = even ? batchSizes.length : 1;
    return new RepeatedProduct(dtype, side, n, k, matrix, accumulate, uses);
  }

  private void run(
      Order order, LongFunction<Lane> make, Rows before, BiConsumer<Lane, Span> work, Rows after) {
    Lane[] lanes = new Lane[Math.toIntExact((batchSizes[0] + PIECE - 1) / PIECE)];
    long[] rows = rows();
    try {
      for (int i = 0; i < lanes.length; i++) {
        lanes[i] = make.apply(i);
      }
      int count = batchSizes.length;
      int steps = spanSteps();
      for (int begin = 0; begin < count; begin += steps) {
        int last = Math.min(count, begin + steps) - 1;
        int first = Math.min(time(order, begin), time(order, last));
        Span span = new Span(order, rows, begin, last + 1, rows[first]);
        long end = rows[first + last + 1 - begin];
        before.run(span.row, end);
        Workers.run(
            lanes.length,
            1,
            (from, to) -> {
              for (long i = from; i < to; i++) {
                work.accept(lanes[(int) i], span);
              }
            });
        after.run(span.row, end);
      }
    } finally {
      for (Lane lane : lanes) {
        if (lane != null) {
          lane.close();
        }
      }
    }
  }

  private int spanSteps() {
    return Math.toIntExact(Math.max(SPAN_STEPS, SPAN_ROWS / Math.max(1, batchSizes[0])));
  }

  /** The most rows of a span. */
  public long spanRows() {
    return batchSizes[0] * Math.min(batchSizes.length, spanSteps());
  }

  /** Where the rows of each step begin, and where those of the last end. */
  private long[] rows() {
    long[] rows = new long[batchSizes.length + 1];
    for (int t = 0; t < batchSizes.length; t++) {
      rows[t + 1] = rows[t] + batchSizes[t];
    }
    return rows;
  }

  private enum Order {
    FORWARD,
    BACKWARD
  }

  /** The {@code i}th step in the order of the loop. */
  private int time(Order order, int i) {
    return reverse == (order == Order.BACKWARD) ? i : batchSizes.length - 1 - i;
  }

  /** The steps of the span at which the lane has sequences. */
  private void steps(Lane lane, Span span, Step step) {
    long first = lane.first;
    long end = lane.end;
    long[] rows = span.rows;
    for (int i = span.begin; i < span.end; i++) {
      int t = time(span.order, i);
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
