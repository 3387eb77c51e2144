package io.arclight.spark.feed;

import java.util.List;

/** The input is not the one that the run to resume had read. */
public final class ChangedInputException extends FeedException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 10;

  private final List<String> changes;

  ChangedInputException(List<String> changes) {
    super(message(changes));
    this.changes = List.copyOf(changes);
  }

  /** What changed: for each file its path and what happened to it. */
  public List<String> changes() {
    return changes;
  }

  private static String message(List<String> changes) {
    String shown = String.join("; ", changes.subList(0, Math.min(SHOWN, changes.size())));
    String more = changes.size() > SHOWN ? "; and %d more".formatted(changes.size() - SHOWN) : "";
    return "the input changed since the run to resume began: %s%s; bring it back, or start a new run"
            .formatted(shown, more)
        + " with another folder for checkpoints";
  }
}
