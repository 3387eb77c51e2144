package io.arclight.spark;

import io.arclight.data.blob.BlobStore;
import io.arclight.spark.feed.InputRecord;
import io.arclight.spark.launch.Checkpoints;
import io.arclight.spark.launch.Resume;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The input of a run, in the folder of its checkpoints. */
final class RecordedInput {
  private static final Logger LOG = LoggerFactory.getLogger(RecordedInput.class);
  private static final String NAME = "input.json";

  private RecordedInput() {}

  /**
   * Keeps the input of a run that begins; compares it with the one kept when the run goes on.
   *
   * @throws io.arclight.spark.feed.FeedException when the checkpoints are of another input
   */
  static void keepOrCompare(BlobStore store, Resume resume, InputRecord input) throws IOException {
    if (Checkpoints.in(store, 1).isEmpty()) {
      // A run that left no checkpoint may have left its input.
      store.delete(NAME);
      store.create(NAME, input.toJson());
      return;
    }
    if (resume == Resume.NEVER) {
      // Which the launcher refuses.
      return;
    }
    try (InputStream in = store.open(NAME)) {
      InputRecord.fromJson(in.readAllBytes()).requireSame(input);
    } catch (FileNotFoundException | NoSuchFileException e) {
      LOG.warn("{} has no {}: whether the input changed is not known", store.location(), NAME);
    }
  }
}
