package io.arclight.spark.launch;

import io.arclight.spark.launch.Message.PartWritten;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Commits a checkpoint once every rank of a start has reported its part. */
final class CheckpointCollector {
  private final Checkpoints checkpoints;
  private final String runId;
  private final int restartEpoch;
  private final int world;
  private final Map<Key, Map<Integer, PartWritten>> waiting = new HashMap<>();

  CheckpointCollector(Checkpoints checkpoints, String runId, int restartEpoch, int world) {
    this.checkpoints = checkpoints;
    this.runId = runId;
    this.restartEpoch = restartEpoch;
    this.world = world;
  }

  /** Takes a part; gives the checkpoint that it completed and committed. */
  Optional<Checkpoint> add(PartWritten part) throws IOException {
    Key key = new Key(part.step(), part.kind());
    Map<Integer, PartWritten> parts = waiting.computeIfAbsent(key, k -> new HashMap<>());
    parts.put(part.rank(), part);
    if (parts.size() < world) {
      return Optional.empty();
    }

    waiting.remove(key);
    Checkpoint checkpoint = checkpoint(key, parts);
    checkpoints.commit(checkpoint);
    dropBefore(part.step());
    return Optional.of(checkpoint);
  }

  private Checkpoint checkpoint(Key key, Map<Integer, PartWritten> parts) {
    List<CheckpointFile> files = new ArrayList<>();
    parts.values().forEach(part -> files.addAll(part.files()));
    files.sort(Comparator.comparingInt(CheckpointFile::rank).thenComparing(CheckpointFile::name));
    return new Checkpoint(
        Checkpoint.FORMAT,
        runId,
        restartEpoch,
        key.step(),
        world,
        key.kind(),
        files,
        parts.get(0).properties());
  }

  /** What some rank gave up will never be complete. */
  private void dropBefore(long step) throws IOException {
    List<Key> old = waiting.keySet().stream().filter(key -> key.step() < step).toList();
    for (Key key : old) {
      for (PartWritten part : waiting.remove(key).values()) {
        for (CheckpointFile file : part.files()) {
          checkpoints.store().delete(file.blob());
        }
      }
    }
  }

  private record Key(long step, CheckpointKind kind) {}
}
