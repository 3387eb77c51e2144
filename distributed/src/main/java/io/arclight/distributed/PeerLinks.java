package io.arclight.distributed;

import io.arclight.distributed.Rendezvous.Arrival;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/** The direct connections of one rank, each opened by the lower of its two ranks on first use. */
final class PeerLinks {
  /** Makes a link of a connection. */
  interface Linker {
    Link link(Rendezvous.Connection connection, int peer) throws IOException;
  }

  private final int rank;
  private final int size;
  private final int chunk;
  private final IntConsumer dial;
  private final Map<Integer, PeerTraffic> peers = new TreeMap<>();

  /**
   * @param dial begins to open a connection to a rank
   */
  PeerLinks(int rank, int size, int chunk, IntConsumer dial) {
    this.rank = rank;
    this.size = size;
    this.chunk = chunk;
    this.dial = dial;
  }

  /** Takes the connections that have been opened. */
  void accept(Rendezvous rendezvous, Linker linker) throws IOException {
    for (Arrival arrival = rendezvous.poll(); arrival != null; arrival = rendezvous.poll()) {
      peer(arrival.rank()).connect(linker.link(arrival.connection(), arrival.rank()));
    }
  }

  private PeerTraffic peer(int other) {
    return peers.computeIfAbsent(other, key -> new PeerTraffic(rank, key, chunk));
  }

  /** How many transfers {@link #start} begins for an operation. */
  int transfers(Request request) {
    return request.operation().isPointToPoint() ? 1 : 2 * (size - 1);
  }

  /**
   * Queues the transfers of a send, recv or allToAll.
   *
   * @param departed ranks that have closed their communicator
   */
  void start(Exchange exchange, Set<Integer> departed) throws RingFailure {
    Request request = exchange.request();
    if (request.operation() == Operation.SEND) {
      open(request.peer(), departed).send(exchange, request.input());
    } else if (request.operation() == Operation.RECV) {
      open(request.peer(), departed).receive(exchange, request.output());
    } else {
      startAllToAll(exchange, departed);
    }
  }

  private void startAllToAll(Exchange exchange, Set<Integer> departed) throws RingFailure {
    Request request = exchange.request();
    long bytes = request.bytes();
    RawMemory.copy(request.input() + rank * bytes, request.output() + rank * bytes, bytes);
    for (int distance = 1; distance < size; distance++) {
      int to = (rank + distance) % size;
      int from = Math.floorMod(rank - distance, size);
      open(to, departed).send(exchange, request.input() + to * bytes);
      open(from, departed).receive(exchange, request.output() + from * bytes);
    }
  }

  private PeerTraffic open(int other, Set<Integer> departed) throws RingFailure {
    PeerTraffic peer = peer(other);
    boolean lost = peer.link() == null ? departed.contains(other) : peer.link().isClosed();
    if (lost) {
      throw new RingFailure(
          new Failure(
              Failure.Reason.DEAD_PEER,
              other,
              rank,
              "rank " + other + " has closed its connection to rank " + rank));
    }
    if (peer.mustDial()) {
      dial.accept(other);
    }
    return peer;
  }

  /** Moves what can be moved now; whether anything was. */
  boolean exchange() throws RingFailure {
    boolean moved = false;
    for (PeerTraffic peer : peers.values()) {
      Link link = peer.link();
      if (link != null && !link.isClosed()) {
        try {
          moved |= link.write(peer);
          moved |= link.read(peer);
        } catch (RingFailure e) {
          if (!peer.isIdle() || e.failure().reason() != Failure.Reason.DEAD_PEER) {
            throw e;
          }
          link.close();
        }
      }
    }
    return moved;
  }

  void updateInterest() {
    for (PeerTraffic peer : peers.values()) {
      if (peer.link() != null) {
        peer.link().updateInterest();
      }
    }
  }

  void close() {
    for (PeerTraffic peer : peers.values()) {
      if (peer.link() != null) {
        peer.link().close();
      }
    }
  }
}
