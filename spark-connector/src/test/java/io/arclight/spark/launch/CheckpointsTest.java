package io.arclight.spark.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.data.blob.Blob;
import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.LocalBlobStore;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CheckpointsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"local", "hadoop"})
  void latestIsOrderedByRestartEpochThenStep(String kind) throws IOException {
    Checkpoints checkpoints = Checkpoints.in(store(kind), 10);
    assertThat(checkpoints.latest()).isEmpty();

    assertThat(checkpoints.claim("run")).isZero();
    commit(checkpoints, 0, 100, CheckpointKind.PERIODIC);
    commit(checkpoints, 0, 200, CheckpointKind.PERIODIC);
    assertThat(checkpoints.claim("run")).isEqualTo(1);
    Checkpoint restarted = commit(checkpoints, 1, 150, CheckpointKind.PERIODIC);

    assertThat(checkpoints.latest()).contains(restarted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"truncated", "flipped", "missing", "manifest"})
  void damagedCheckpointsAreSkipped(String damage) throws IOException {
    Checkpoints checkpoints = Checkpoints.in(store("hadoop"), 10);
    Checkpoint whole = commit(checkpoints, 0, 1, CheckpointKind.PERIODIC);
    Checkpoint damaged = commit(checkpoints, 0, 2, CheckpointKind.PERIODIC);
    Path file = folder.resolve("store").resolve(damaged.files().get(0).blob());
    byte[] bytes = Files.readAllBytes(file);
    // Hadoop's local file system would find the damage by its own checksum first.
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));

    switch (damage) {
      case "truncated" -> Files.write(file, new byte[] {bytes[0]});
      case "flipped" -> Files.write(file, new byte[] {bytes[0], (byte) (bytes[1] ^ 1), bytes[2]});
      case "missing" -> Files.delete(file);
      default -> {
        Path manifest = folder.resolve("store/manifests/e000000-s000000000002-periodic.json");
        Files.deleteIfExists(manifest.resolveSibling("." + manifest.getFileName() + ".crc"));
        Files.writeString(manifest, "{\"runId\": \"ru");
      }
    }

    assertThat(checkpoints.latest()).contains(whole);
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "hadoop"})
  void keepsTheLastAndTheBest(String kind) throws IOException {
    BlobStore store = store(kind);
    Checkpoints checkpoints = Checkpoints.in(store, 2);
    Checkpoint best = commit(checkpoints, 0, 1, CheckpointKind.BEST);
    for (long step = 2; step < 6; step++) {
      commit(checkpoints, 0, step, CheckpointKind.PERIODIC);
    }

    assertThat(checkpoints.best()).contains(best);
    assertThat(checkpoints.latest().orElseThrow().step()).isEqualTo(5);
    assertThat(store.list("manifests")).hasSize(3);
    assertThat(store.list("data")).hasSize(3).extracting(Blob::size).containsOnly(3L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "hadoop"})
  void anOlderStartCannotCommit(String kind) throws IOException {
    BlobStore store = store(kind);
    Checkpoints zombie = Checkpoints.in(store, 3);
    Checkpoints successor = Checkpoints.in(store, 3);
    int old = zombie.claim("run");
    successor.claim("run");

    assertThatThrownBy(() -> commit(zombie, old, 7, CheckpointKind.PERIODIC))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("restart epoch 0 of run run was replaced by epoch 1");
    assertThat(successor.latest()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "hadoop"})
  void createNeverReplacesAndFailedPutLeavesNothing(String kind) throws IOException {
    BlobStore store = store(kind);
    store.create("claims/a", "first".getBytes(UTF_8));

    assertThatThrownBy(() -> store.create("claims/a", "second".getBytes(UTF_8)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(
            () ->
                store.put(
                    "data/x",
                    out -> {
                      out.write(1);
                      throw new IOException("lost");
                    }))
        .hasMessage("lost");

    assertThat(store.open("claims/a").readAllBytes()).isEqualTo("first".getBytes(UTF_8));
    assertThat(store.list("data")).isEmpty();
  }

  private BlobStore store(String kind) throws IOException {
    Path path = folder.resolve("store");
    return kind.equals("local")
        ? LocalBlobStore.at(path)
        : HadoopBlobStore.at(path.toUri().toString(), new Configuration());
  }

  private static Checkpoint commit(
      Checkpoints checkpoints, int epoch, long step, CheckpointKind kind) throws IOException {
    byte[] bytes = {(byte) epoch, (byte) step, 42};
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    String blob = Checkpoints.folder(epoch, 0, "a", step) + "/model";
    checkpoints.store().put(blob, out -> out.write(bytes));
    CheckpointFile file = new CheckpointFile("model", 0, blob, bytes.length, crc.getValue());
    Checkpoint checkpoint =
        new Checkpoint(
            Checkpoint.FORMAT, "run", epoch, step, 1, kind, List.of(file), Map.of("loss", "0.5"));
    checkpoints.commit(checkpoint);
    return checkpoint;
  }
}
