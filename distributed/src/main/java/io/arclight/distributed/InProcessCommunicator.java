package io.arclight.distributed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Ranks that are threads of one JVM, exchanging data by copying memory: the reference that other
 * communicators are compared with bit for bit.
 */
public final class InProcessCommunicator extends BaseCommunicator {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final InProcessGroup group;
  private final Duration limit;

  private InProcessCommunicator(int rank, InProcessGroup group, Duration limit) {
    super(rank, group.size());
    this.group = group;
    this.limit = limit;
  }

  /** A group of {@code size} ranks, by rank. */
  public static List<Communicator> group(int size) {
    return group(size, LIMIT);
  }

  /** A group whose operations time out after {@code limit}. */
  public static List<Communicator> group(int size, Duration limit) {
    if (size < 1) {
      throw new IllegalArgumentException("a group of " + size + " ranks: use at least 1");
    }
    InProcessGroup group = new InProcessGroup(size);
    List<Communicator> communicators = new ArrayList<>(size);
    for (int rank = 0; rank < size; rank++) {
      communicators.add(new InProcessCommunicator(rank, group, limit));
    }
    return List.copyOf(communicators);
  }

  @Override
  PendingWork submit(Request request) {
    PendingWork work = new PendingWork(rank(), request, flightRecord(), group::fail, limit);
    group.submit(rank(), work);
    return work;
  }

  @Override
  public void abort(String reason) {
    group.fail(new Failure(Failure.Reason.DEAD_PEER, rank(), rank(), "aborted: " + reason));
  }

  @Override
  public void close() {
    group.leave(rank());
  }
}
