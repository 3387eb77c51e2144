package io.arclight.distributed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The meeting place of in-process ranks: the last to arrive does the work of all. */
final class InProcessGroup {
  private final int size;
  private final List<Deque<PendingWork>> waiting = new ArrayList<>();
  private final boolean[] left;
  private final long[] completed;
  private Failure failure;

  InProcessGroup(int size) {
    this.size = size;
    this.left = new boolean[size];
    this.completed = new long[size];
    for (int rank = 0; rank < size; rank++) {
      waiting.add(new ArrayDeque<>());
    }
  }

  int size() {
    return size;
  }

  synchronized void submit(int rank, PendingWork work) {
    if (left[rank]) {
      work.fail(new Failure(Failure.Reason.CLOSED, rank, rank, "it was closed on this rank"));
      return;
    }
    if (failure != null) {
      work.fail(failure);
      return;
    }
    waiting.get(rank).add(work);
    work.started();
    boolean moved = true;
    while (moved && failure == null) {
      moved = exchange() || meet();
    }
    checkLeft();
  }

  synchronized void fail(Failure cause) {
    if (failure != null) {
      return;
    }
    failure = cause;
    for (Deque<PendingWork> works : waiting) {
      works.forEach(work -> work.fail(cause));
      works.clear();
    }
  }

  synchronized void leave(int rank) {
    if (left[rank]) {
      return;
    }
    left[rank] = true;
    Failure closed = new Failure(Failure.Reason.CLOSED, rank, rank, "it was closed on this rank");
    boolean underWay = !waiting.get(rank).isEmpty();
    waiting.get(rank).forEach(work -> work.fail(closed));
    waiting.get(rank).clear();
    if (underWay) {
      fail(
          new Failure(
              Failure.Reason.DEAD_PEER,
              rank,
              rank,
              "rank " + rank + " closed its communicator in the middle of an operation"));
    }
    checkLeft();
  }

  /** What the other ranks wait for can no longer come from one that has left. */
  private void checkLeft() {
    for (int gone = 0; gone < size && failure == null; gone++) {
      for (int rank = 0; left[gone] && rank < size && failure == null; rank++) {
        PendingWork head = waiting.get(rank).peek();
        if (head != null && needs(head.request(), gone)) {
          fail(
              new Failure(
                  Failure.Reason.DEAD_PEER,
                  gone,
                  rank,
                  "rank "
                      + gone
                      + " closed its communicator after "
                      + completed[gone]
                      + " collectives, rank "
                      + rank
                      + " issued "
                      + head.request().describe()));
        }
      }
    }
  }

  private static boolean needs(Request request, int rank) {
    return !request.operation().isPointToPoint() || request.peer() == rank;
  }

  /** Runs the collective that all ranks have come to. */
  private boolean meet() {
    List<Request> requests = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      PendingWork head = waiting.get(rank).peek();
      if (head != null && !head.request().operation().isPointToPoint()) {
        requests.add(head.request());
        if (!requests.get(0).matches(head.request())) {
          disagree(rank, requests.get(0), head.request());
          return false;
        }
      }
    }
    if (requests.size() < size) {
      return false;
    }
    ReferenceCollective.run(requests);
    for (int rank = 0; rank < size; rank++) {
      completed[rank]++;
      waiting.get(rank).remove().complete();
    }
    return true;
  }

  /** Carries out the sends whose receives are posted too. */
  private boolean exchange() {
    for (int from = 0; from < size; from++) {
      for (int to = 0; to < size; to++) {
        PendingWork send = first(from, Operation.SEND, to);
        PendingWork recv = first(to, Operation.RECV, from);
        if (send != null && recv != null) {
          Request source = send.request();
          Request target = recv.request();
          if (source.count() != target.count() || source.dtype() != target.dtype()) {
            disagree(to, source, target);
            return false;
          }
          RawMemory.copy(source.input(), target.output(), source.bytes());
          waiting.get(from).remove(send);
          waiting.get(to).remove(recv);
          send.complete();
          recv.complete();
          return true;
        }
      }
    }
    return false;
  }

  /** The first operation of this kind that waits for no collective. */
  private PendingWork first(int rank, Operation operation, int peer) {
    for (PendingWork work : waiting.get(rank)) {
      Request request = work.request();
      if (!request.operation().isPointToPoint()) {
        return null;
      }
      if (request.operation() == operation && request.peer() == peer) {
        return work;
      }
    }
    return null;
  }

  private void disagree(int rank, Request other, Request request) {
    fail(
        new Failure(
            Failure.Reason.MISMATCH,
            rank,
            rank,
            "rank "
                + rank
                + " issued "
                + request.describe()
                + " but another rank issued "
                + other.describe()));
  }
}
