package io.arclight.distributed;

import java.util.ArrayList;
import java.util.List;

/**
 * What one rank passes on and takes in during a collective on the ring. Everything sent, but for an
 * own first block, is what was received a step before, so one list of steps describes both.
 *
 * @param own the block sent without waiting, null if there is none
 * @param steps the blocks received, in order
 * @param forwarded how many of the received blocks, from the first, are sent on
 */
record RingPlan(Block own, List<Step> steps, int forwarded) {
  /** Memory to send. */
  record Block(long address, long bytes) {}

  /** How received bytes enter memory. */
  enum Mode {
    COPY,
    REDUCE,
    /** Reduce, and as all ranks are in, divide if the average is wanted. */
    REDUCE_LAST
  }

  /** Received bytes, combined with those at {@code with} unless copied, land at {@code block}. */
  record Step(Mode mode, Block block, long with) {}

  /** Whether what is received lands on what is still to be sent, part by part. */
  boolean isExchange() {
    Step first = steps.isEmpty() ? null : steps.get(0);
    return own != null
        && first != null
        && first.mode == Mode.REDUCE_LAST
        && own.address == first.block.address;
  }

  int sends() {
    return (own == null ? 0 : 1) + forwarded;
  }

  Block sent(int index) {
    if (own == null) {
      return steps.get(index).block();
    }
    return index == 0 ? own : steps.get(index - 1).block();
  }

  static RingPlan of(Request request, int rank, int size) {
    return switch (request.operation()) {
      case ALL_REDUCE, BARRIER -> allReduce(request, rank, size);
      case REDUCE_SCATTER -> reduceScatter(request, rank, size);
      case ALL_GATHER -> allGather(request, rank, size);
      case BROADCAST -> broadcast(request, rank, size);
      case ALL_TO_ALL, SEND, RECV ->
          throw new IllegalArgumentException(request.operation() + " does not run on the ring");
    };
  }

  private static RingPlan allReduce(Request request, int rank, int size) {
    if (size == 2) {
      return exchange(request);
    }
    Segments segments = new Segments(request.count(), size);
    List<Step> steps = new ArrayList<>(2 * size - 2);
    for (int step = 1; step < size; step++) {
      Block block = part(request, segments, rank - step);
      Mode mode = step == size - 1 ? Mode.REDUCE_LAST : Mode.REDUCE;
      steps.add(new Step(mode, block, block.address));
    }
    for (int step = 0; step < size - 1; step++) {
      steps.add(new Step(Mode.COPY, part(request, segments, rank - step), 0));
    }
    return new RingPlan(part(request, segments, rank), steps, steps.size() - 1);
  }

  /** Two ranks send each other all they have: as many bytes as by halves, in one step of two. */
  private static RingPlan exchange(Request request) {
    Block whole = new Block(request.input(), request.bytes());
    return new RingPlan(whole, List.of(new Step(Mode.REDUCE_LAST, whole, whole.address)), 0);
  }

  private static Block part(Request request, Segments segments, int index) {
    int width = request.dtype().bytes();
    return new Block(
        request.input() + segments.start(index) * width, segments.length(index) * width);
  }

  private static RingPlan reduceScatter(Request request, int rank, int size) {
    List<Step> steps = new ArrayList<>(size - 1);
    for (int step = 2; step < size; step++) {
      Block block = part(request.input(), request, rank - step, size);
      steps.add(new Step(Mode.REDUCE, block, block.address));
    }
    Block result = new Block(request.output(), request.bytes());
    long with = part(request.input(), request, rank, size).address;
    steps.add(new Step(Mode.REDUCE_LAST, result, with));
    Block own = part(request.input(), request, rank - 1, size);
    return new RingPlan(own, steps, steps.size() - 1);
  }

  private static RingPlan allGather(Request request, int rank, int size) {
    Block own = part(request.output(), request, rank, size);
    RawMemory.copy(request.input(), own.address, own.bytes);
    List<Step> steps = new ArrayList<>(size - 1);
    for (int step = 1; step < size; step++) {
      steps.add(new Step(Mode.COPY, part(request.output(), request, rank - step, size), 0));
    }
    return new RingPlan(own, steps, steps.size() - 1);
  }

  private static Block part(long base, Request request, int index, int size) {
    return new Block(base + Math.floorMod(index, size) * request.bytes(), request.bytes());
  }

  /** A chain from the root; the last rank sends the root an empty block so that it checks too. */
  private static RingPlan broadcast(Request request, int rank, int size) {
    Block whole = new Block(request.output(), request.bytes());
    Block empty = new Block(request.output(), 0);
    int distance = Math.floorMod(rank - request.peer(), size);
    if (distance == 0) {
      return new RingPlan(whole, List.of(new Step(Mode.COPY, empty, 0)), 0);
    }
    boolean last = distance == size - 1;
    List<Step> steps = List.of(new Step(Mode.COPY, whole, 0));
    return new RingPlan(last ? empty : null, steps, last ? 0 : 1);
  }
}
