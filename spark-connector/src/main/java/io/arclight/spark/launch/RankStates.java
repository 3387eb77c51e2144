package io.arclight.spark.launch;

import io.arclight.spark.internal.TaskWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the driver knows of the ranks of one start of a run. */
final class RankStates implements TaskWatch.Listener {
  private final String runId;
  private final int restartEpoch;
  private final Duration heartbeat;
  private final Rank[] ranks;
  private final List<RankError> errors = new ArrayList<>();
  private long firstHello;
  private long shift;

  /**
   * Ranks of which nothing is known yet.
   *
   * @param heartbeat how often executors show Spark that they live
   */
  RankStates(String runId, int restartEpoch, int world, Duration heartbeat) {
    this.runId = runId;
    this.restartEpoch = restartEpoch;
    this.heartbeat = heartbeat;
    ranks = new Rank[world];
    for (int i = 0; i < world; i++) {
      ranks[i] = new Rank();
    }
  }

  /** An executor has got the rank's task, which may fetch jars before it says anything. */
  @Override
  public synchronized void launched(int rank, String executorId, String host) {
    if (!ranks[rank].began) {
      ranks[rank].place = new RankPlace(rank, executorId, host, 0);
      ranks[rank].heard = now();
    }
  }

  @Override
  public synchronized void left(int rank) {
    if (!ranks[rank].began) {
      ranks[rank].ended = true;
    }
  }

  @Override
  public synchronized void alive(String executorId) {
    for (Rank rank : ranks) {
      if (rank.place != null && !rank.began && rank.place.executorId().equals(executorId)) {
        rank.heard = now();
      }
    }
  }

  synchronized void started(RankPlace place) {
    Rank rank = ranks[place.rank()];
    rank.place = place;
    rank.began = true;
    rank.heard = now();
    if (firstHello == 0) {
      firstHello = rank.heard;
    }
  }

  synchronized void heard(int rank) {
    ranks[rank].heard = now();
  }

  /** Notes that a rank found the others; true for the last one. */
  synchronized boolean connected(int rank) {
    ranks[rank].heard = now();
    boolean before = allConnected();
    ranks[rank].connected = true;
    return allConnected() && !before;
  }

  synchronized void failed(RankError error) {
    errors.add(error);
  }

  synchronized void ended(int rank) {
    ranks[rank].ended = true;
  }

  /** Where all ranks are, once they are connected. */
  synchronized RunStart start() {
    return new RunStart(runId, restartEpoch, Arrays.stream(ranks).map(rank -> rank.place).toList());
  }

  /** The error that explains the others: the first of the most telling kind. */
  synchronized Optional<RankError> rootError() {
    for (RankError.Kind kind : RankError.Kind.values()) {
      for (RankError error : errors) {
        if (error.kind() == kind) {
          return Optional.of(error);
        }
      }
    }
    return Optional.empty();
  }

  /** The driver itself stood still for so long; that is no silence of the ranks. */
  synchronized void pause(Duration pause) {
    shift += pause.toNanos();
  }

  /** A rank that an executor has got and that is now silent for longer than {@code limit}. */
  synchronized Optional<RankPlace> silent(Duration limit) {
    for (Rank rank : ranks) {
      if (rank.place != null && !rank.ended && isSilent(rank.place.rank(), limit)) {
        return Optional.of(rank.place);
      }
    }
    return Optional.empty();
  }

  synchronized boolean isSilent(int rank, Duration limit) {
    return now() - ranks[rank].heard > limit(rank, limit).toNanos();
  }

  /** Before a rank has said anything, its executor's heartbeats to Spark speak for it. */
  private Duration limit(int rank, Duration limit) {
    return ranks[rank].began ? limit : limit.plus(heartbeat);
  }

  /** What is known of a silent rank. */
  synchronized String silence(RankPlace place, Duration limit) {
    return ranks[place.rank()].began
        ? "Rank %d on executor %s (%s, pid %d) has been silent for %d ms"
            .formatted(
                place.rank(), place.executorId(), place.address(), place.pid(), limit.toMillis())
        : "Rank %d has not begun on executor %s (%s), which has been silent for %d ms"
            .formatted(
                place.rank(),
                place.executorId(),
                place.address(),
                limit(place.rank(), limit).toMillis());
  }

  /** Whether some ranks wait for others since longer than {@code limit}. */
  synchronized boolean rendezvousTakesLonger(Duration limit) {
    return firstHello != 0 && !allConnected() && now() - firstHello > limit.toNanos();
  }

  /** Ranks that executors have got and that have not ended, on executors among {@code alive}. */
  synchronized List<RankPlace> running(Set<String> alive) {
    List<RankPlace> running = new ArrayList<>();
    for (Rank rank : ranks) {
      if (rank.place != null && !rank.ended && alive.contains(rank.place.executorId())) {
        running.add(rank.place);
      }
    }
    return running;
  }

  private boolean allConnected() {
    for (Rank rank : ranks) {
      if (!rank.connected) {
        return false;
      }
    }
    return true;
  }

  private long now() {
    return System.nanoTime() - shift;
  }

  private static final class Rank {
    RankPlace place;
    long heard;
    boolean began;
    boolean connected;
    boolean ended;
  }
}
