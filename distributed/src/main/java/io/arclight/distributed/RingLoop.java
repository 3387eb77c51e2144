package io.arclight.distributed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a ring: it moves all bytes, reduces, sends heartbeats and watches the clocks.
 * Data flows from the previous rank to the next; against that direction flow only control frames,
 * which are therefore never stuck behind data.
 */
final class RingLoop implements Runnable, Link.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(RingLoop.class);
  private static final Duration FAILURE_LINGER = Duration.ofSeconds(1);
  private static final Duration EXPLANATION = Duration.ofMillis(200);
  private static final int ROUNDS_BETWEEN_EVENTS = 64;
  private static final byte[] NOTHING = {};

  private final int rank;
  private final int size;
  private final RingSettings settings;
  private final Rendezvous rendezvous;
  private final Selector selector;
  private final Link next;
  private final Link previous;
  private final PeerLinks peers;
  private final Map<Integer, Long> departed = new TreeMap<>();
  private final ByteBuffer scratch;
  private final long pollMillis;
  private final Duration silenceLimit;
  private final Duration firstSilenceLimit;

  private final Deque<PendingWork> waiting = new ArrayDeque<>();
  private final List<Activity> active = new ArrayList<>();
  private Traffic ring = Traffic.NONE;
  private long collectivesCompleted;
  private long checkedNanos = System.nanoTime();

  private final Object lock = new Object();
  private List<PendingWork> submitted = new ArrayList<>();

  /** Whether this thread waits, or will, and could begin what is submitted. */
  private boolean wakeable;

  private Failure requested;
  private Failure ended;

  RingLoop(
      Membership membership,
      RingSettings settings,
      Rendezvous rendezvous,
      Rendezvous.Connection toNext,
      Rendezvous.Connection fromPrevious)
      throws IOException {
    this.rank = membership.rank;
    this.size = membership.size;
    this.settings = settings;
    this.rendezvous = rendezvous;
    this.selector = Selector.open();
    long shortest =
        Math.min(settings.heartbeatInterval().toMillis(), settings.collectiveTimeout().toMillis());
    this.pollMillis = Math.max(1, shortest / 4);
    this.silenceLimit = settings.silenceLimit();
    Duration rendezvousLimit = settings.rendezvousTimeout();
    this.firstSilenceLimit =
        silenceLimit.compareTo(rendezvousLimit) < 0 ? rendezvousLimit : silenceLimit;
    this.scratch = ByteBuffer.allocateDirect(settings.chunkBytes() + Long.BYTES).alignedSlice(8);
    this.next = link(toNext, (rank + 1) % size);
    this.previous = link(fromPrevious, Math.floorMod(rank - 1, size));
    if (settings.sameHost() == SameHost.SHARED_MEMORY) {
      next.offerMemory();
    }
    this.peers = new PeerLinks(rank, size, settings.chunkBytes(), this::dial);
    rendezvous.listen(selector::wakeup);
  }

  private Link link(Rendezvous.Connection connection, int peer) throws IOException {
    return new Link(connection, selector, rank, peer, settings.chunkBytes(), this);
  }

  private void dial(int peer) {
    rendezvous.dialLater(
        peer,
        settings.rendezvousTimeout(),
        message -> stop(new Failure(Failure.Reason.DEAD_PEER, peer, rank, message)));
  }

  /** Takes an operation from the user's thread. */
  void submit(PendingWork work) {
    Failure refusal;
    boolean wake;
    synchronized (lock) {
      refusal = ended != null ? ended : requested;
      if (refusal == null) {
        submitted.add(work);
      }
      wake = wakeable;
      wakeable = false;
    }
    if (refusal != null) {
      work.fail(refusal);
    } else if (wake) {
      selector.wakeup();
    }
  }

  /** Ends the loop for a reason that came from outside it; the first reason counts. */
  void stop(Failure reason) {
    synchronized (lock) {
      if (requested == null) {
        requested = reason;
      }
    }
    selector.wakeup();
  }

  /** Waits until no operation is under way and none will be. */
  void awaitEnd() throws InterruptedException {
    synchronized (lock) {
      while (ended == null) {
        lock.wait();
      }
    }
  }

  @Override
  public void run() {
    Failure failure;
    boolean orderly = false;
    try {
      while (takeRequests()) {
        peers.accept(rendezvous, this::link);
        boolean busy = pump();
        checkClocks();
        waitForEvents(busy);
      }
      failure = requested;
      orderly = failure.reason() == Failure.Reason.CLOSED && isIdle();
    } catch (RingFailure e) {
      failure = explain(e.failure());
    } catch (Exception | Error e) {
      LOG.error("rank {}: the ring's thread failed", rank, e);
      failure = new Failure(Failure.Reason.DEAD_PEER, rank, rank, "its ring failed: " + e);
    }
    end(failure);
    farewell(failure, orderly);
  }

  /** A lost connection may be the echo of a failure elsewhere: waits a moment to be told of it. */
  private Failure explain(Failure failure) {
    if (failure.reason() != Failure.Reason.DEAD_PEER || failure.reporter() != rank) {
      return failure;
    }
    long end = System.nanoTime() + EXPLANATION.toNanos();
    while (System.nanoTime() < end && !(next.isClosed() && previous.isClosed())) {
      for (Link link : List.of(next, previous)) {
        try {
          while (link.read(Traffic.NONE)) {
            // until nothing is there
          }
        } catch (RingFailure e) {
          if (e.failure().reporter() != rank) {
            return e.failure();
          }
          link.close();
        }
      }
      LockSupport.parkNanos(1_000_000);
    }
    return failure;
  }

  private boolean takeRequests() {
    synchronized (lock) {
      if (!submitted.isEmpty()) {
        waiting.addAll(submitted);
        submitted = new ArrayList<>();
      }
      return requested == null;
    }
  }

  private boolean isIdle() {
    return waiting.isEmpty() && active.isEmpty();
  }

  /** Moves what can be moved now; whether more can be. */
  private boolean pump() throws RingFailure {
    next.read(Traffic.NONE);
    previous.write(Traffic.NONE);
    for (int round = 0; round < ROUNDS_BETWEEN_EVENTS; round++) {
      boolean moved = startWaiting();
      moved |= next.write(ring);
      moved |= previous.read(ring);
      moved |= peers.exchange();
      moved |= completeDone();
      if (!moved) {
        return false;
      }
    }
    return true;
  }

  private boolean startWaiting() throws RingFailure {
    boolean started = false;
    while (!waiting.isEmpty() && mayStart(waiting.peek().request().operation())) {
      checkDeparted(waiting.peek().request());
      start(waiting.remove());
      started = true;
    }
    return started;
  }

  /** Sends and receives run beside each other, collectives alone. */
  private boolean mayStart(Operation operation) {
    return active.isEmpty()
        || (operation.isPointToPoint() && active.get(0).request().operation().isPointToPoint());
  }

  private void start(PendingWork work) throws RingFailure {
    Request request = work.request();
    switch (request.operation()) {
      case SEND, RECV, ALL_TO_ALL -> {
        Exchange exchange = new Exchange(work, peers.transfers(request));
        active.add(exchange);
        peers.start(exchange, departed.keySet());
      }
      case ALL_REDUCE, REDUCE_SCATTER, ALL_GATHER, BROADCAST, BARRIER -> {
        RingCollective collective =
            new RingCollective(work, rank, size, settings.chunkBytes(), RawMemory.address(scratch));
        active.add(collective);
        ring = collective;
      }
    }
  }

  private boolean completeDone() {
    boolean completed = false;
    for (int i = 0; i < active.size(); i++) {
      Activity activity = active.get(i);
      if (activity.isDone()) {
        active.remove(i--);
        completed = true;
        if (!activity.request().operation().isPointToPoint()) {
          collectivesCompleted++;
          ring = Traffic.NONE;
        }
        activity.work().complete();
      }
    }
    return completed;
  }

  private void checkClocks() throws RingFailure {
    long now = System.nanoTime();
    // A pause of this process, such as a garbage collection, says nothing about the peers.
    long pause = now - checkedNanos - TimeUnit.MILLISECONDS.toNanos(2 * pollMillis);
    checkedNanos = now;
    for (Link link : List.of(next, previous)) {
      if (link.isClosed()) {
        continue;
      }
      if (pause > 0) {
        link.forgive(pause);
      }
      long interval = settings.heartbeatInterval().toNanos();
      if (now - link.sentNanos() >= interval && !link.hasOutput()) {
        link.control(Frame.Type.HEARTBEAT, NOTHING, 0);
        link.write(Traffic.NONE);
      }
      Duration limit = link.isHeard() ? silenceLimit : firstSilenceLimit;
      if (now - link.heardNanos() > limit.toNanos()) {
        throw new RingFailure(
            new Failure(
                Failure.Reason.SILENT_PEER,
                link.peer,
                rank,
                "nothing has come from rank "
                    + link.peer
                    + " for "
                    + limit
                    + ": its process is stopped or the network between stalls"));
      }
    }
    for (Activity activity : active) {
      if (now - activity.startedNanos() > settings.collectiveTimeout().toNanos()) {
        throw new RingFailure(
            new Failure(
                Failure.Reason.TIMEOUT,
                Request.NO_PEER,
                rank,
                activity.request().describe()
                    + " was not complete on rank "
                    + rank
                    + " after "
                    + settings.collectiveTimeout()
                    + ", "
                    + activity.progress()));
      }
    }
  }

  private void waitForEvents(boolean busy) throws IOException {
    if (busy || !mayWait()) {
      selector.selectNow();
    } else {
      next.updateInterest();
      previous.updateInterest();
      peers.updateInterest();
      selector.select(pollMillis);
    }
    selector.selectedKeys().clear();
  }

  /**
   * Not with something to begin; while a collective runs, what is submitted cannot begin anyway.
   */
  private boolean mayWait() {
    synchronized (lock) {
      boolean free = ring == Traffic.NONE;
      wakeable = free;
      return !free || submitted.isEmpty();
    }
  }

  @Override
  public void onAbort(byte[] payload) throws RingFailure {
    throw new RingFailure(Failure.decode(payload, rank));
  }

  @Override
  public void onGoodbye(Link link, long completed) throws RingFailure {
    departed.put(link.peer, completed);
    link.close();
    for (Activity activity : active) {
      checkDeparted(activity.request());
    }
  }

  /** A collective that a departed neighbour has not completed never will be. */
  private void checkDeparted(Request request) throws RingFailure {
    if (request.operation().isPointToPoint()) {
      return;
    }
    for (Map.Entry<Integer, Long> entry : departed.entrySet()) {
      if (request.sequence() >= entry.getValue()) {
        throw new RingFailure(
            new Failure(
                Failure.Reason.DEAD_PEER,
                entry.getKey(),
                rank,
                "rank "
                    + entry.getKey()
                    + " closed its communicator after "
                    + entry.getValue()
                    + " collectives, rank "
                    + rank
                    + " issued "
                    + request.describe()));
      }
    }
  }

  /** Completes all works: from here on nobody's memory is touched. */
  private void end(Failure failure) {
    List<PendingWork> unfinished = new ArrayList<>();
    active.forEach(activity -> unfinished.add(activity.work()));
    unfinished.addAll(waiting);
    synchronized (lock) {
      unfinished.addAll(submitted);
      submitted.clear();
      ended = failure;
      lock.notifyAll();
    }
    unfinished.forEach(work -> work.fail(failure));
  }

  /** Tells the neighbours why, gives them time to read it, and closes all. */
  private void farewell(Failure failure, boolean orderly) {
    rendezvous.close();
    if (orderly) {
      peers.close();
    }
    for (Link link : List.of(next, previous)) {
      if (orderly) {
        link.control(Frame.Type.GOODBYE, NOTHING, collectivesCompleted);
      } else {
        link.control(Frame.Type.ABORT, forPeers(failure).encode(Link.CONTROL_BYTES), 0);
      }
    }
    long limit = (orderly ? settings.silenceLimit() : FAILURE_LINGER).toNanos();
    long end = System.nanoTime() + limit;
    try {
      next.leave();
      previous.leave();
      while (!(next.isClosed() && previous.isClosed()) && System.nanoTime() < end) {
        selector.select(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        selector.selectedKeys().clear();
        next.leave();
        previous.leave();
      }
      next.close();
      previous.close();
      peers.close();
      selector.close();
    } catch (IOException e) {
      LOG.debug("closing the ring of rank {}", rank, e);
    }
  }

  /** A close on this rank is a lost peer to the others. */
  private Failure forPeers(Failure failure) {
    if (failure.reason() != Failure.Reason.CLOSED) {
      return failure;
    }
    return new Failure(
        Failure.Reason.DEAD_PEER,
        rank,
        rank,
        "rank " + rank + " closed its communicator in the middle of an operation");
  }
}
