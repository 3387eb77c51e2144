package io.arclight.distributed;

import io.arclight.distributed.Handshake.Purpose;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ranks in any processes, connected by TCP. Collectives run round a ring, in parts and overlapped,
 * straight from and to tensor memory; sends, receives and allToAll use direct connections opened on
 * first use. Peers prove that they hold the run's secret; {@link Encryption} says whether the data
 * is encrypted.
 */
public final class TcpRing extends BaseCommunicator {
  private static final Logger LOG = LoggerFactory.getLogger(TcpRing.class);

  private final RingLoop loop;

  private TcpRing(Membership membership, RingLoop loop) {
    super(membership.rank, membership.size);
    this.loop = loop;
    Thread thread = new Thread(loop, "arclight-ring-" + membership.rank);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Joins the ring; every rank calls this at about the same time.
   *
   * @param server this rank's listening socket, owned by the ring from here on
   * @param addresses the servers' addresses, by rank
   * @param secret at least 16 random bytes that only this run's ranks know
   * @param epoch how often the run has been restarted; ranks of other epochs are refused
   * @throws RendezvousException if a neighbour cannot be reached, refuses this rank, or does not
   *     come within {@link RingSettings#rendezvousTimeout}
   */
  public static Communicator connect(
      RingServer server,
      int rank,
      List<String> addresses,
      byte[] secret,
      String runId,
      long epoch,
      RingSettings settings) {
    Membership membership =
        new Membership(rank, addresses.size(), secret, runId, epoch, settings.encryption());
    if (membership.size == 1) {
      server.close();
      return InProcessCommunicator.group(1).get(0);
    }
    long deadline = System.nanoTime() + settings.rendezvousTimeout().toNanos();
    Rendezvous rendezvous = new Rendezvous(server, membership, addresses);
    Rendezvous.Connection next = null;
    Rendezvous.Connection previous = null;
    try {
      rendezvous.start();
      next = rendezvous.dial(Purpose.RING, (rank + 1) % membership.size, deadline);
      previous = rendezvous.awaitPrevious(deadline);
      RingLoop loop = new RingLoop(membership, settings, rendezvous, next, previous);
      LOG.info("rank {} of {} joined the ring of epoch {}", rank, membership.size, epoch);
      return new TcpRing(membership, loop);
    } catch (IOException | RuntimeException e) {
      rendezvous.close();
      Rendezvous.close(next);
      Rendezvous.close(previous);
      throw e instanceof RuntimeException known
          ? known
          : new RendezvousException("rank " + rank + " could not join the ring: " + e, e);
    }
  }

  @Override
  PendingWork submit(Request request) {
    PendingWork work = new PendingWork(rank(), request, flightRecord(), loop::stop, null);
    loop.submit(work);
    return work;
  }

  @Override
  public void abort(String reason) {
    stop(new Failure(Failure.Reason.DEAD_PEER, rank(), rank(), "rank " + rank() + ": " + reason));
  }

  @Override
  public void close() {
    stop(new Failure(Failure.Reason.CLOSED, rank(), rank(), "it was closed on this rank"));
  }

  private void stop(Failure failure) {
    loop.stop(failure);
    boolean interrupted = Thread.interrupted();
    while (true) {
      try {
        loop.awaitEnd();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
