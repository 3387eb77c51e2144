package io.arclight.distributed;

import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** Checks and numbers the operations of a communicator. */
abstract class BaseCommunicator implements Communicator {
  private final int rank;
  private final int size;
  private final FlightRecord flightRecord = new FlightRecord();
  private long collectives;
  private long pointToPoints;

  BaseCommunicator(int rank, int size) {
    this.rank = rank;
    this.size = size;
  }

  /** Starts an operation that has been checked. */
  abstract PendingWork submit(Request request);

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public FlightRecord flightRecord() {
    return flightRecord;
  }

  @Override
  public PendingWork allReduce(long address, long count, DType dtype, ReduceOp op) {
    op.check(dtype);
    return collective(Operation.ALL_REDUCE, dtype, count, 1, op, Request.NO_PEER, address, address);
  }

  @Override
  public PendingWork reduceScatter(long input, long output, long count, DType dtype, ReduceOp op) {
    op.check(dtype);
    return collective(
        Operation.REDUCE_SCATTER, dtype, count, size, op, Request.NO_PEER, input, output);
  }

  @Override
  public PendingWork allGather(long input, long output, long count, DType dtype) {
    return collective(
        Operation.ALL_GATHER, dtype, count, size, null, Request.NO_PEER, input, output);
  }

  @Override
  public PendingWork broadcast(long address, long count, DType dtype, int root) {
    checkRank("root", root);
    return collective(Operation.BROADCAST, dtype, count, 1, null, root, address, address);
  }

  @Override
  public PendingWork allToAll(long input, long output, long count, DType dtype) {
    return collective(
        Operation.ALL_TO_ALL, dtype, count, size, null, Request.NO_PEER, input, output);
  }

  @Override
  public PendingWork barrier() {
    return collective(Operation.BARRIER, DType.UINT8, 0, 1, null, Request.NO_PEER, 0, 0);
  }

  @Override
  public PendingWork send(long address, long count, DType dtype, int to) {
    return pointToPoint(Operation.SEND, address, count, dtype, to);
  }

  @Override
  public PendingWork recv(long address, long count, DType dtype, int from) {
    return pointToPoint(Operation.RECV, address, count, dtype, from);
  }

  @Override
  public Work allReduce(Tensor tensor, ReduceOp op) {
    return TensorWork.of(
        tensor, tensor, (in, out) -> allReduce(out, tensor.elements(), tensor.dtype(), op));
  }

  @Override
  public Work reduceScatter(Tensor input, Tensor output, ReduceOp op) {
    requireParts("reduceScatter: input", input, output);
    return TensorWork.of(
        input, output, (in, out) -> reduceScatter(in, out, output.elements(), input.dtype(), op));
  }

  @Override
  public Work allGather(Tensor input, Tensor output) {
    requireParts("allGather: output", output, input);
    return TensorWork.of(
        input, output, (in, out) -> allGather(in, out, input.elements(), input.dtype()));
  }

  @Override
  public Work broadcast(Tensor tensor, int root) {
    return TensorWork.of(
        tensor, tensor, (in, out) -> broadcast(out, tensor.elements(), tensor.dtype(), root));
  }

  @Override
  public Work allToAll(Tensor input, Tensor output) {
    if (input.elements() != output.elements() || input.elements() % size != 0) {
      throw new ShapeException(
          "allToAll of "
              + input.shape()
              + " to "
              + output.shape()
              + ": both need the same number of elements, a multiple of "
              + size);
    }
    return TensorWork.of(
        input, output, (in, out) -> allToAll(in, out, input.elements() / size, input.dtype()));
  }

  @Override
  public Work send(Tensor tensor, int to) {
    return TensorWork.of(
        tensor, tensor, (in, out) -> send(in, tensor.elements(), tensor.dtype(), to));
  }

  @Override
  public Work recv(Tensor tensor, int from) {
    return TensorWork.of(
        tensor, tensor, (in, out) -> recv(out, tensor.elements(), tensor.dtype(), from));
  }

  private void requireParts(String what, Tensor whole, Tensor part) {
    if (whole.elements() != part.elements() * size) {
      throw new ShapeException(
          what
              + " of shape "
              + whole.shape()
              + " is not "
              + size
              + " parts of shape "
              + part.shape()
              + ", one for each rank");
    }
  }

  private PendingWork collective(
      Operation operation,
      DType dtype,
      long count,
      int parts,
      ReduceOp op,
      int peer,
      long input,
      long output) {
    checkMemory(operation, input, count, parts, dtype);
    checkMemory(operation, output, count, parts, dtype);
    return submit(new Request(operation, collectives++, dtype, count, op, peer, input, output));
  }

  private PendingWork pointToPoint(
      Operation operation, long address, long count, DType dtype, int peer) {
    checkRank("peer", peer);
    if (peer == rank) {
      throw new IllegalArgumentException(
          operation
              + " with rank "
              + peer
              + ", which is this rank itself: copy the memory instead");
    }
    checkMemory(operation, address, count, 1, dtype);
    return submit(
        new Request(operation, pointToPoints++, dtype, count, null, peer, address, address));
  }

  private void checkRank(String name, int value) {
    if (value < 0 || value >= size) {
      throw new IllegalArgumentException(
          name + " " + value + " is no rank of a group of " + size + ": use 0 to " + (size - 1));
    }
  }

  private static void checkMemory(
      Operation operation, long address, long count, int parts, DType dtype) {
    if (count < 0 || count > Long.MAX_VALUE / 8 / parts) {
      throw new IllegalArgumentException(operation + " of " + count + " elements");
    }
    if (count > 0 && (address == 0 || address % dtype.bytes() != 0)) {
      throw new IllegalArgumentException(
          operation
              + " at address 0x"
              + Long.toHexString(address)
              + ": "
              + dtype
              + " must be allocated and aligned to "
              + dtype.bytes()
              + " bytes");
    }
  }
}
