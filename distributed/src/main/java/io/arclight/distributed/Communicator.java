package io.arclight.distributed;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;

/**
 * One rank's end of a group of ranks that exchange data. All ranks issue the same collectives in
 * the same order; each returns at once and they run in order of issue, sends and receives beside
 * each other. Addresses are of host memory in the machine's byte order, aligned to the element.
 * Reductions take float32, float64, int32 and int64 and add in an order that depends on size and
 * count alone, so every rank gets the same bits; the others also take uint8 and bool.
 *
 * <p>Any failure fails all operations on all ranks: see {@link CollectiveException}. A communicator
 * is used from one thread at a time, {@link #abort} and {@link #close} from any.
 */
public interface Communicator extends AutoCloseable {
  /** This rank, from 0 to {@code size() - 1}. */
  int rank();

  /** Number of ranks. */
  int size();

  /** Reduces {@code count} elements over all ranks, in place. */
  Work allReduce(long address, long count, DType dtype, ReduceOp op);

  /**
   * Reduces {@code size() * count} elements and leaves the r-th part of {@code count} at rank r.
   *
   * @param input is used as work space: undefined afterwards
   * @param output {@code count} elements, may be this rank's part of the input
   */
  Work reduceScatter(long input, long output, long count, DType dtype, ReduceOp op);

  /**
   * Collects {@code count} elements of each rank, in order of rank.
   *
   * @param output {@code size() * count} elements, whose own part may be the input
   */
  Work allGather(long input, long output, long count, DType dtype);

  /** Copies {@code count} elements from rank {@code root} to all others. */
  Work broadcast(long address, long count, DType dtype, int root);

  /**
   * Sends the s-th {@code count} elements of the input to rank s, whose part arrives as the s-th of
   * the output; both hold {@code size() * count} elements and do not overlap.
   */
  Work allToAll(long input, long output, long count, DType dtype);

  /** Sends to one other rank, which receives as many of the same dtype. */
  Work send(long address, long count, DType dtype, int to);

  /** Receives from one other rank, in the order in which it sends. */
  Work recv(long address, long count, DType dtype, int from);

  /** Done when all ranks have issued it. */
  Work barrier();

  /**
   * As {@link #allReduce(long, long, DType, ReduceOp)}. All operations on tensors take contiguous
   * ones, keep their memory until they are done, and go through host memory for other devices:
   * there the result is in the tensor when {@link Work#await} has returned.
   */
  Work allReduce(Tensor tensor, ReduceOp op);

  /** As {@link #reduceScatter(long, long, long, DType, ReduceOp)}. */
  Work reduceScatter(Tensor input, Tensor output, ReduceOp op);

  /** As {@link #allGather(long, long, long, DType)}. */
  Work allGather(Tensor input, Tensor output);

  /** As {@link #broadcast(long, long, DType, int)}. */
  Work broadcast(Tensor tensor, int root);

  /** As {@link #allToAll(long, long, long, DType)}. */
  Work allToAll(Tensor input, Tensor output);

  /** As {@link #send(long, long, DType, int)}. */
  Work send(Tensor tensor, int to);

  /** As {@link #recv(long, long, DType, int)}. */
  Work recv(Tensor tensor, int from);

  /** This rank's last operations. */
  FlightRecord flightRecord();

  /**
   * Fails what is under way on all ranks, which get a {@link DeadPeerException} with the reason.
   */
  void abort(String reason);

  /** Leaves the group; what is under way fails, on other ranks too. Closing twice does nothing. */
  @Override
  void close();
}
