package io.arclight.distributed;

import io.arclight.distributed.Handshake.Guest;
import io.arclight.distributed.Handshake.Purpose;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens and accepts a rank's connections. Each guest is heard on a thread of its own, so one that
 * says nothing keeps nobody waiting; strangers are dropped.
 */
final class Rendezvous implements AutoCloseable {
  /** A connection that another rank has opened to this one, or this one to another. */
  record Arrival(int rank, Connection connection) {}

  /** A connection whose ends know each other; {@code seals} is null where it is plain. */
  record Connection(SocketChannel channel, Seal.Pair seals) {}

  private static final Logger LOG = LoggerFactory.getLogger(Rendezvous.class);
  private static final Duration GUEST_LIMIT = Duration.ofSeconds(10);
  private static final Duration REDIAL_LIMIT = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofMillis(50);
  private static final int MAXIMUM_GUESTS = 64;

  private final RingServer server;
  private final Membership membership;
  private final List<String> addresses;
  private final Semaphore guests = new Semaphore(MAXIMUM_GUESTS);
  private final Set<Guest> admitted = new HashSet<>();
  private final CompletableFuture<Connection> previous = new CompletableFuture<>();
  private final Queue<Arrival> arrivals = new ConcurrentLinkedQueue<>();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile boolean taken;
  private volatile Runnable onArrival = () -> {};

  Rendezvous(RingServer server, Membership membership, List<String> addresses) {
    this.server = server;
    this.membership = membership;
    this.addresses = addresses;
  }

  /** Begins to accept. */
  void start() {
    daemon("arclight-accept-" + membership.rank, this::accept);
  }

  /** Runs {@code listener} whenever {@link #poll} has something new. */
  void listen(Runnable listener) {
    onArrival = listener;
  }

  /** The next direct connection, null if there is none. */
  Arrival poll() {
    return arrivals.poll();
  }

  private void accept() {
    while (server.channel().isOpen()) {
      try {
        SocketChannel channel = server.channel().accept();
        if (guests.tryAcquire()) {
          daemon("arclight-guest-" + membership.rank, () -> receive(channel));
        } else {
          channel.close();
        }
      } catch (IOException e) {
        LOG.debug("accepting on {} failed", server.address(), e);
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
  }

  private void receive(SocketChannel channel) {
    try {
      long deadline = System.nanoTime() + GUEST_LIMIT.toNanos();
      Handshake handshake = new Handshake(membership, channel, deadline);
      Guest guest = handshake.receive(this::admit);
      Connection connection = new Connection(channel, handshake.seals());
      if (guest == null) {
        refuse(channel, "it is not of this ring");
      } else if (guest.purpose() == Purpose.RING) {
        if (!previous.complete(connection)) {
          channel.close();
        }
      } else {
        arrivals.add(new Arrival(guest.rank(), connection));
        onArrival.run();
      }
    } catch (IOException | RuntimeException e) {
      refuse(channel, e.getMessage());
    } finally {
      guests.release();
    }
  }

  private synchronized boolean admit(Guest guest) {
    boolean welcome =
        guest.purpose() == Purpose.RING
            ? guest.rank() == Math.floorMod(membership.rank - 1, membership.size)
            : guest.rank() < membership.rank;
    return welcome && admitted.add(guest);
  }

  private void refuse(SocketChannel channel, String reason) {
    refused.incrementAndGet();
    LOG.warn("rank {}: refused the connection {}: {}", membership.rank, channel, reason);
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("closing a refused connection", e);
    }
  }

  /** Connects to another rank and proves who this is; a connection that is cut is tried again. */
  Connection dial(Purpose purpose, int rank, long deadlineNanos) {
    String address = addresses.get(rank);
    long lastTry = Math.min(deadlineNanos, System.nanoTime() + REDIAL_LIMIT.toNanos());
    while (true) {
      try {
        return dialOnce(purpose, rank, deadlineNanos);
      } catch (IOException e) {
        if (System.nanoTime() + RETRY.toNanos() > lastTry
            || Thread.currentThread().isInterrupted()) {
          throw new RendezvousException(
              "rank "
                  + membership.rank
                  + " cannot connect to rank "
                  + rank
                  + " at "
                  + address
                  + " ("
                  + e
                  + "): it has ended, refused this rank, or is not reachable from here",
              e);
        }
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
  }

  private Connection dialOnce(Purpose purpose, int rank, long deadlineNanos) throws IOException {
    String address = addresses.get(rank);
    SocketChannel channel = SocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      long left = Math.max(1, (deadlineNanos - System.nanoTime()) / 1_000_000);
      channel.socket().connect(RingServer.parse(address), (int) Math.min(left, 1 << 30));
      Handshake handshake = new Handshake(membership, channel, deadlineNanos);
      handshake.greet(purpose, rank, address);
      return new Connection(channel, handshake.seals());
    } catch (IOException | RuntimeException e) {
      close(channel);
      throw e;
    }
  }

  /** Opens a direct connection in the background; a failure goes to {@code onFailure}. */
  void dialLater(int rank, Duration limit, Consumer<String> onFailure) {
    daemon(
        "arclight-dial-" + membership.rank,
        () -> {
          try {
            Connection connection = dial(Purpose.PEER, rank, System.nanoTime() + limit.toNanos());
            arrivals.add(new Arrival(rank, connection));
            onArrival.run();
          } catch (RendezvousException e) {
            onFailure.accept(e.getMessage());
          }
        });
  }

  /** Waits for the rank before this one. */
  Connection awaitPrevious(long deadlineNanos) {
    int rank = Math.floorMod(membership.rank - 1, membership.size);
    try {
      Connection connection = previous.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      taken = true;
      return connection;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RendezvousException("interrupted while waiting for rank " + rank, e);
    } catch (TimeoutException | ExecutionException e) {
      previous.cancel(false);
      throw new RendezvousException(
          "rank "
              + rank
              + " at "
              + addresses.get(rank)
              + " has not connected to rank "
              + membership.rank
              + " at "
              + server.address()
              + " in time ("
              + refused
              + " connections refused): it has ended, or cannot reach this address",
          e);
    }
  }

  private static void daemon(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }

  static void close(Connection connection) {
    if (connection != null) {
      close(connection.channel());
    }
  }

  private static void close(SocketChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.debug("closing a connection", e);
      }
    }
  }

  /** Accepts no more and drops what nobody has taken. */
  @Override
  public void close() {
    server.close();
    if (!previous.cancel(false) && !taken && !previous.isCancelled()) {
      close(previous.join());
    }
    for (Arrival arrival = arrivals.poll(); arrival != null; arrival = arrivals.poll()) {
      close(arrival.connection());
    }
  }
}
