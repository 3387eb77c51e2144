package io.arclight.distributed;

import io.arclight.tensor.DType;
import java.nio.ByteBuffer;

/**
 * What precedes every payload on a connection: which collective the bytes belong to, as its sender
 * understood it.
 *
 * @param bytes length of the payload
 * @param part number of the payload within the collective, or for GOODBYE the collectives completed
 * @param shared where in the {@link SharedPipe} the payload is, INLINE if it follows the header
 */
record Frame(
    Type type,
    Operation operation,
    ReduceOp reduceOp,
    DType dtype,
    int bytes,
    int peer,
    long sequence,
    long count,
    long part,
    long shared) {
  static final int BYTES = 48;
  static final long INLINE = -1;

  /** Kinds of frame. */
  enum Type {
    DATA,
    HEARTBEAT,
    /** Payload: a failure that the sender found or was told of. */
    ABORT,
    GOODBYE,
    /** Payload: what it takes to open a pipe to this rank's memory. */
    OFFER,
    /** Part: 1 if the other side's offer was taken, 0 if not. */
    ANSWER
  }

  private static final Type[] TYPES = Type.values();
  private static final Operation[] OPERATIONS = Operation.values();
  private static final ReduceOp[] REDUCE_OPS = ReduceOp.values();
  private static final DType[] DTYPES = DType.values();

  static Frame data(Request request, int bytes, long part) {
    return new Frame(
        Type.DATA,
        request.operation(),
        request.reduceOp(),
        request.dtype(),
        bytes,
        request.peer(),
        request.sequence(),
        request.count(),
        part,
        INLINE);
  }

  /** The same with its payload at a position of the pipe. */
  Frame at(long position) {
    return new Frame(
        type, operation, reduceOp, dtype, bytes, peer, sequence, count, part, position);
  }

  boolean isShared() {
    return shared != INLINE;
  }

  static Frame control(Type type, int bytes, long part) {
    return new Frame(
        type, Operation.BARRIER, null, DType.UINT8, bytes, Request.NO_PEER, -1, 0, part, INLINE);
  }

  boolean isOf(Request request) {
    return operation == request.operation()
        && reduceOp == request.reduceOp()
        && dtype == request.dtype()
        && peer == request.peer()
        && sequence == request.sequence()
        && count == request.count();
  }

  String describe() {
    return Request.describe(operation, sequence, reduceOp, dtype, count, peer);
  }

  void encode(ByteBuffer header) {
    header
        .clear()
        .put((byte) type.ordinal())
        .put((byte) operation.ordinal())
        .put((byte) (reduceOp == null ? -1 : reduceOp.ordinal()))
        .put((byte) dtype.ordinal())
        .putInt(bytes)
        .putInt(peer)
        .putInt(0)
        .putLong(sequence)
        .putLong(count)
        .putLong(part)
        .putLong(shared)
        .flip();
  }

  /** Reads a header, null if it is none or promises more than {@code cap} bytes. */
  static Frame decode(ByteBuffer header, int cap) {
    int type = header.get();
    int operation = header.get();
    int reduceOp = header.get();
    int dtype = header.get();
    int bytes = header.getInt();
    int peer = header.getInt();
    header.getInt();
    boolean sound =
        in(type, TYPES.length)
            && in(operation, OPERATIONS.length)
            && in(reduceOp + 1, REDUCE_OPS.length + 1)
            && in(dtype, DTYPES.length)
            && bytes >= 0
            && bytes <= cap;
    return sound
        ? new Frame(
            TYPES[type],
            OPERATIONS[operation],
            reduceOp < 0 ? null : REDUCE_OPS[reduceOp],
            DTYPES[dtype],
            bytes,
            peer,
            header.getLong(),
            header.getLong(),
            header.getLong(),
            header.getLong())
        : null;
  }

  private static boolean in(int value, int length) {
    return value >= 0 && value < length;
  }
}
