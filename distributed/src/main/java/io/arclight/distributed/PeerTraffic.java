package io.arclight.distributed;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** What this rank sends to and receives from one other rank directly, each in order of issue. */
final class PeerTraffic implements Traffic {
  private static final class Transfer {
    final Exchange owner;
    final Request expected;
    final long address;
    long offset;
    int bytes;
    long part;

    Transfer(Exchange owner, long sequence, long address) {
      Request request = owner.request();
      Operation operation =
          request.operation().isPointToPoint() ? Operation.SEND : request.operation();
      this.owner = owner;
      this.address = address;
      this.expected =
          new Request(
              operation, sequence, request.dtype(), request.count(), null, Request.NO_PEER, 0, 0);
    }

    void aim(ByteBuffer payload, int chunk) {
      bytes = (int) Math.min(chunk, expected.bytes() - offset);
      RawMemory.aim(payload, address + offset, bytes);
    }

    /** Takes the bytes last aimed at, which are at {@code from}; whether all have come. */
    boolean take(long from) {
      RawMemory.copy(from, address + offset, bytes);
      return advance();
    }

    /** Moves past the bytes last aimed at; whether all have been. */
    boolean advance() {
      offset += bytes;
      part++;
      return offset >= expected.bytes();
    }
  }

  final int peer;
  private final int rank;
  private final int chunk;
  private final Deque<Transfer> sends = new ArrayDeque<>();
  private final Deque<Transfer> receives = new ArrayDeque<>();
  private long sendSequence;
  private long receiveSequence;
  private Link link;
  private boolean dialed;

  PeerTraffic(int rank, int peer, int chunk) {
    this.rank = rank;
    this.peer = peer;
    this.chunk = chunk;
  }

  void send(Exchange owner, long address) {
    sends.add(new Transfer(owner, sendSequence++, address));
  }

  void receive(Exchange owner, long address) {
    receives.add(new Transfer(owner, receiveSequence++, address));
  }

  Link link() {
    return link;
  }

  void connect(Link opened) {
    link = opened;
  }

  /** True once, for the rank of the two that opens the connection. */
  boolean mustDial() {
    boolean dial = rank < peer && !dialed;
    dialed = true;
    return dial;
  }

  boolean isIdle() {
    return sends.isEmpty() && receives.isEmpty();
  }

  @Override
  public Frame compose(ByteBuffer payload) {
    Transfer transfer = sends.peek();
    if (transfer == null) {
      return null;
    }
    transfer.aim(payload, chunk);
    return Frame.data(transfer.expected, transfer.bytes, transfer.part);
  }

  @Override
  public void sent() {
    if (sends.element().advance()) {
      sends.remove().owner.transferred();
    }
  }

  @Override
  public boolean admit(Frame frame, ByteBuffer payload) throws RingFailure {
    Transfer transfer = receives.peek();
    if (transfer == null) {
      return false;
    }
    transfer.aim(payload, chunk);
    if (!frame.isOf(transfer.expected)
        || frame.part() != transfer.part
        || frame.bytes() != transfer.bytes) {
      throw new RingFailure(
          new Failure(
              Failure.Reason.MISMATCH,
              peer,
              rank,
              "rank "
                  + peer
                  + " sent "
                  + frame.describe()
                  + " where rank "
                  + rank
                  + " receives "
                  + transfer.expected.describe()));
    }
    return true;
  }

  @Override
  public void received(long address) {
    if (receives.element().take(address)) {
      receives.remove().owner.transferred();
    }
  }
}
