package io.arclight.spark.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the driver knows of the ranks of one start of a run. */
final class RankStates {
  private final String runId;
  private final int restartEpoch;
  private final Rank[] ranks;
  private final List<RankError> errors = new ArrayList<>();
  private long firstHello;
  private long shift;

  RankStates(String runId, int restartEpoch, int world) {
    this.runId = runId;
    this.restartEpoch = restartEpoch;
    ranks = new Rank[world];
    for (int i = 0; i < world; i++) {
      ranks[i] = new Rank();
    }
  }

  synchronized void started(RankPlace place) {
    Rank rank = ranks[place.rank()];
    rank.place = place;
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

  /** A rank that began and is now silent for longer than {@code limit}. */
  synchronized Optional<RankPlace> silent(Duration limit) {
    for (Rank rank : ranks) {
      if (rank.place != null && !rank.ended && isSilent(rank.place.rank(), limit)) {
        return Optional.of(rank.place);
      }
    }
    return Optional.empty();
  }

  synchronized boolean isSilent(int rank, Duration limit) {
    return now() - ranks[rank].heard > limit.toNanos();
  }

  /** Whether some ranks wait for others since longer than {@code limit}. */
  synchronized boolean rendezvousTakesLonger(Duration limit) {
    return firstHello != 0 && !allConnected() && now() - firstHello > limit.toNanos();
  }

  /** Ranks that began and have not ended, on executors among {@code alive}. */
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
    boolean connected;
    boolean ended;
  }
}
