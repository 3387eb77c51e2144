package io.arclight.spark.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.data.blob.Blob;
import io.arclight.data.blob.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints in a store, as the driver sees them.
 *
 * <p>A manifest is the commit point and only a driver writes it. Every start of a run claims a
 * restart epoch, higher than all before; ranks write below a folder of their epoch and a driver
 * whose epoch is no longer the highest cannot commit, so what is left of an older start does no
 * harm.
 */
public final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
  private static final String MANIFESTS = "manifests";
  private static final String CLAIMS = "claims";
  private static final String DATA = "data";
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final BlobStore store;
  private final int keep;

  private Checkpoints(BlobStore store, int keep) {
    this.store = store;
    this.keep = keep;
  }

  /** The checkpoints of {@code store}; commits keep the last {@code keep} and the best. */
  public static Checkpoints in(BlobStore store, int keep) {
    return new Checkpoints(store, keep);
  }

  /** The store that the files are in. */
  public BlobStore store() {
    return store;
  }

  /** The last checkpoint whose files are all there and whole; damaged ones are skipped and said. */
  public Optional<Checkpoint> latest() throws IOException {
    return newest(manifests());
  }

  /** The last whole checkpoint that was committed as the best by validation. */
  public Optional<Checkpoint> best() throws IOException {
    return newest(
        manifests().stream()
            .filter(manifest -> manifest.checkpoint().kind() == CheckpointKind.BEST)
            .toList());
  }

  /** Opens a file of a checkpoint; reading to its end verifies it. */
  public InputStream open(CheckpointFile file) throws IOException {
    return new VerifiedInputStream(store.open(file.blob()), file);
  }

  /** The folder that a rank of a start may write in; {@code attempt} tells zombies apart. */
  static String folder(int restartEpoch, int rank, String attempt, long step) {
    return "%s/e%06d/s%012d/r%05d-%s".formatted(DATA, restartEpoch, step, rank, attempt);
  }

  /** The folder that all ranks' parts of the checkpoint of this blob are below. */
  static String stepFolder(String blob) {
    int end = -1;
    for (int parts = 0; parts < 3; parts++) {
      int slash = blob.indexOf('/', end + 1);
      if (slash < 0) {
        return blob;
      }
      end = slash;
    }
    return blob.substring(0, end + 1);
  }

  /** Whether nothing was ever committed here. */
  public boolean isEmpty() throws IOException {
    return store.list(MANIFESTS).isEmpty();
  }

  /** Deletes what ranks of earlier starts wrote and no manifest names. */
  void deleteLeftovers(int restartEpoch) throws IOException {
    Set<String> named = new HashSet<>();
    for (Manifest manifest : manifests()) {
      manifest.checkpoint().files().forEach(file -> named.add(file.blob()));
    }
    String current = "%s/e%06d".formatted(DATA, restartEpoch);
    for (Blob blob : store.list(DATA)) {
      if (blob.name().compareTo(current) < 0 && !named.contains(blob.name())) {
        store.delete(blob.name());
      }
    }
  }

  /**
   * Claims the next restart epoch for a start of {@code runId}; older starts cannot commit then.
   */
  int claim(String runId) throws IOException {
    for (int epoch = highestClaim() + 1; ; epoch++) {
      try {
        store.create(claim(epoch), JSON.writeValueAsBytes(runId));
        return epoch;
      } catch (FileAlreadyExistsException taken) {
        LOG.info("Restart epoch {} of {} is taken by another start", epoch, store.location());
      }
    }
  }

  /**
   * Makes a checkpoint count and deletes those that are too old.
   *
   * @throws LaunchException when a later start of the run took over
   */
  void commit(Checkpoint checkpoint) throws IOException {
    int highest = highestClaim();
    if (highest > checkpoint.restartEpoch()) {
      throw new LaunchException(
          "Checkpoint of step %d in %s is refused: restart epoch %d of run %s was replaced by epoch %d"
              .formatted(
                  checkpoint.step(),
                  store.location(),
                  checkpoint.restartEpoch(),
                  checkpoint.runId(),
                  highest));
    }

    String name = manifest(checkpoint);
    try {
      store.create(name, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(checkpoint));
    } catch (FileAlreadyExistsException replay) {
      LOG.info("Step {} of {} was committed before", checkpoint.step(), store.location());
    }
    deleteOld();
  }

  private Optional<Checkpoint> newest(List<Manifest> manifests) {
    return manifests.stream().map(Manifest::checkpoint).filter(this::isWhole).findFirst();
  }

  private boolean isWhole(Checkpoint checkpoint) {
    for (CheckpointFile file : checkpoint.files()) {
      try (InputStream in = open(file)) {
        in.transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        LOG.warn(
            "Checkpoint of step {} (restart epoch {}) in {} is skipped: {}",
            checkpoint.step(),
            checkpoint.restartEpoch(),
            store.location(),
            e.toString());
        return false;
      }
    }
    return true;
  }

  private void deleteOld() throws IOException {
    List<Manifest> newestFirst = manifests();
    Set<Integer> kept = new HashSet<>();
    for (int i = 0; i < newestFirst.size() && kept.size() < keep; i++) {
      kept.add(i);
    }
    for (int i = 0; i < newestFirst.size(); i++) {
      if (newestFirst.get(i).checkpoint().kind() == CheckpointKind.BEST) {
        kept.add(i);
        break;
      }
    }

    for (int i = 0; i < newestFirst.size(); i++) {
      if (!kept.contains(i)) {
        delete(newestFirst.get(i));
      }
    }
  }

  private void delete(Manifest manifest) throws IOException {
    // The manifest goes first: what it names may be missing only when it is gone.
    store.delete(manifest.name());
    for (CheckpointFile file : manifest.checkpoint().files()) {
      store.delete(file.blob());
    }
  }

  private List<Manifest> manifests() throws IOException {
    List<Manifest> manifests = new ArrayList<>();
    for (Blob blob : store.list(MANIFESTS)) {
      try (InputStream in = store.open(blob.name())) {
        manifests.add(read(blob.name(), in.readAllBytes()));
      } catch (JsonProcessingException e) {
        LOG.warn("{} in {} is skipped: {}", blob.name(), store.location(), e.getOriginalMessage());
      }
    }
    manifests.sort(Comparator.comparing(Manifest::checkpoint).reversed());
    return manifests;
  }

  private static Manifest read(String name, byte[] json) throws IOException {
    Checkpoint checkpoint = JSON.readValue(json, Checkpoint.class);
    if (checkpoint.format() > Checkpoint.FORMAT) {
      throw new IOException(
          "%s has format %d, this version of Arclight reads up to %d; use a newer version"
              .formatted(name, checkpoint.format(), Checkpoint.FORMAT));
    }

    return new Manifest(name, checkpoint);
  }

  private int highestClaim() throws IOException {
    List<Blob> claims = store.list(CLAIMS);
    if (claims.isEmpty()) {
      return -1;
    }

    String last = claims.get(claims.size() - 1).name();
    return Integer.parseInt(last.substring(CLAIMS.length() + 2, CLAIMS.length() + 8));
  }

  private static String claim(int epoch) {
    return "%s/e%06d.json".formatted(CLAIMS, epoch);
  }

  private static String manifest(Checkpoint checkpoint) {
    return "%s/e%06d-s%012d-%s.json"
        .formatted(
            MANIFESTS,
            checkpoint.restartEpoch(),
            checkpoint.step(),
            checkpoint.kind().name().toLowerCase(Locale.ROOT));
  }

  private record Manifest(String name, Checkpoint checkpoint) {}
}
