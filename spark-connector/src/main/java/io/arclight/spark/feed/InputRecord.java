package io.arclight.spark.feed;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * What a run reads and in which order, kept beside its checkpoints: positions in the input mean
 * nothing in another one.
 */
public record InputRecord(FeedOptions options, SplitPlan plan) {
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** What this plan reads. */
  public static InputRecord of(FeedPlan plan) {
    return new InputRecord(plan.options(), plan.splits());
  }

  /** A record as {@link #toJson} wrote it. */
  public static InputRecord fromJson(byte[] json) throws IOException {
    return JSON.readValue(json, InputRecord.class);
  }

  /** UTF-8, for {@link #fromJson}. */
  public byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks that a run that reads {@code now} can go on from a checkpoint of this one.
   *
   * @throws ChangedInputException when files changed
   * @throws FeedException when the order of samples is another
   */
  public void requireSame(InputRecord now) {
    List<String> changes = now.plan.changesSince(plan);
    if (!changes.isEmpty()) {
      throw new ChangedInputException(changes);
    }
    if (!order(now.options).equals(order(options))) {
      throw new FeedException(
          "the run to resume had %s, this one has %s: use the same settings"
              .formatted(order(options), order(now.options)));
    }
    boolean repeatable = plan.repeatable() && now.plan.repeatable();
    if (repeatable && !now.plan.ranges().equals(plan.ranges())) {
      throw new FeedException(
          ("the input is the same but cut into %d splits that are not the %d of the run to resume:"
                  + " use the same options of the source and spark.sql.files.* settings")
              .formatted(now.plan.splits().size(), plan.splits().size()));
    }
  }

  /** The global batch may change: positions do not depend on it. */
  private static String order(FeedOptions options) {
    return "seed %d, shuffle %s, window %d and %d lanes"
        .formatted(options.seed(), options.shuffle(), options.window(), options.lanes());
  }
}
