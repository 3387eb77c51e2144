package io.arclight.distributed;

import io.arclight.tensor.DType;

/**
 * One operation as one rank asked for it. {@code count} is the elements of the whole buffer for
 * allReduce, broadcast, send and recv, and the elements per rank for the others; {@code peer} is
 * the root or the other side, −1 where there is none; {@code reduceOp} is null where nothing is
 * reduced.
 */
record Request(
    Operation operation,
    long sequence,
    DType dtype,
    long count,
    ReduceOp reduceOp,
    int peer,
    long input,
    long output) {
  static final int NO_PEER = -1;

  long bytes() {
    return count * dtype.bytes();
  }

  /** Whether two ranks meant the same collective. */
  boolean matches(Request other) {
    return operation == other.operation
        && sequence == other.sequence
        && dtype == other.dtype
        && count == other.count
        && reduceOp == other.reduceOp
        && peer == other.peer;
  }

  /** The request in words, such as {@code allReduce #12 SUM float32 x 1000}. */
  String describe() {
    return describe(operation, sequence, reduceOp, dtype, count, peer);
  }

  static String describe(
      Operation operation, long sequence, ReduceOp reduceOp, DType dtype, long count, int peer) {
    StringBuilder text = new StringBuilder().append(operation).append(" #").append(sequence);
    if (operation == Operation.BARRIER) {
      return text.toString();
    }
    if (reduceOp != null) {
      text.append(' ').append(reduceOp);
    }
    text.append(' ').append(dtype).append(" x ").append(count);
    if (peer != NO_PEER) {
      text.append(operation == Operation.BROADCAST ? " from root " : " with rank ").append(peer);
    }
    return text.toString();
  }
}
