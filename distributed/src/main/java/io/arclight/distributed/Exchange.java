package io.arclight.distributed;

/** An operation made of direct transfers: send, recv, allToAll. */
final class Exchange extends Activity {
  private final int transfers;
  private int completed;

  Exchange(PendingWork work, int transfers) {
    super(work);
    this.transfers = transfers;
  }

  void transferred() {
    completed++;
  }

  @Override
  boolean isDone() {
    return completed == transfers;
  }

  @Override
  String progress() {
    return completed + " of " + transfers + " transfers done";
  }
}
