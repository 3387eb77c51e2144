package io.arclight.distributed;

import java.util.List;

/** Collectives over the memory of all ranks at once, adding in the order of a ring. */
final class ReferenceCollective {
  private ReferenceCollective() {}

  /** Runs the operation that {@code requests}, by rank, agree on. */
  static void run(List<Request> requests) {
    Request first = requests.get(0);
    switch (first.operation()) {
      case ALL_REDUCE -> allReduce(requests);
      case REDUCE_SCATTER -> reduceScatter(requests);
      case ALL_GATHER -> allGather(requests);
      case BROADCAST -> {
        long source = requests.get(first.peer()).input();
        requests.forEach(request -> RawMemory.copy(source, request.output(), request.bytes()));
      }
      case ALL_TO_ALL -> allToAll(requests);
      case BARRIER -> {}
      case SEND, RECV -> throw new IllegalArgumentException(first.describe());
    }
  }

  /** The c-th part starts at rank c and travels upwards. */
  private static void allReduce(List<Request> requests) {
    Request first = requests.get(0);
    int size = requests.size();
    int width = first.dtype().bytes();
    Segments segments = new Segments(first.count(), size);
    for (int part = 0; part < size; part++) {
      long offset = segments.start(part) * width;
      long length = segments.length(part);
      long target = requests.get((part + size - 1) % size).output() + offset;
      sum(requests, part, offset, target, length);
      for (Request request : requests) {
        RawMemory.copy(target, request.output() + offset, length * width);
      }
    }
  }

  /** The c-th part starts at rank c + 1, so that it ends at rank c. */
  private static void reduceScatter(List<Request> requests) {
    int size = requests.size();
    for (int part = 0; part < size; part++) {
      Request request = requests.get(part);
      long offset = part * request.bytes();
      sum(requests, part + 1, offset, request.input() + offset, request.count());
      RawMemory.copy(request.input() + offset, request.output(), request.bytes());
    }
  }

  /** Sums from rank {@code start} round to the rank before it, whose memory is the target. */
  private static void sum(List<Request> requests, int start, long offset, long target, long count) {
    Request first = requests.get(0);
    int size = requests.size();
    for (int step = 1; step < size; step++) {
      long incoming = requests.get((start + step - 1) % size).input() + offset;
      long own = requests.get((start + step) % size).input() + offset;
      Reduction.combine(first.reduceOp(), first.dtype(), own, own, incoming, count);
    }
    if (first.reduceOp() == ReduceOp.AVG) {
      Reduction.average(first.dtype(), target, count, size);
    }
  }

  private static void allGather(List<Request> requests) {
    for (int part = 0; part < requests.size(); part++) {
      Request source = requests.get(part);
      for (Request request : requests) {
        RawMemory.copy(source.input(), request.output() + part * source.bytes(), source.bytes());
      }
    }
  }

  private static void allToAll(List<Request> requests) {
    for (int from = 0; from < requests.size(); from++) {
      for (int to = 0; to < requests.size(); to++) {
        Request source = requests.get(from);
        RawMemory.copy(
            source.input() + to * source.bytes(),
            requests.get(to).output() + from * source.bytes(),
            source.bytes());
      }
    }
  }
}
