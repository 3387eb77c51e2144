package io.arclight.distributed;

import io.arclight.tensor.DType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/** The last operations of one rank with their times, to be read after a failure. Thread-safe. */
public final class FlightRecord {
  private static final int CAPACITY = 256;

  /** Where an operation is. */
  public enum State {
    ISSUED,
    STARTED,
    COMPLETED,
    FAILED,
    /** Not an operation but a point in time, see {@link FlightRecord#mark}. */
    MARK
  }

  /**
   * One operation. Times are {@link System#nanoTime} values, 0 if not reached.
   *
   * @param label what it is in words
   * @param sequence its number on this rank, equal on all ranks for collectives
   */
  public record Entry(
      String label,
      Operation operation,
      long sequence,
      DType dtype,
      long count,
      State state,
      long issuedNanos,
      long startedNanos,
      long finishedNanos) {}

  private final long originNanos = System.nanoTime();
  private final Deque<Flight> flights = new ArrayDeque<>();

  /** An operation while it runs. */
  final class Flight {
    private Entry entry;

    private Flight(Entry entry) {
      this.entry = entry;
    }

    void started() {
      advance(State.STARTED);
    }

    void finished(State state) {
      advance(state);
    }

    private void advance(State state) {
      synchronized (flights) {
        long now = System.nanoTime();
        entry =
            new Entry(
                entry.label,
                entry.operation,
                entry.sequence,
                entry.dtype,
                entry.count,
                state,
                entry.issuedNanos,
                state == State.STARTED ? now : entry.startedNanos,
                state == State.STARTED ? 0 : now);
      }
    }
  }

  Flight issued(Request request) {
    return add(
        new Entry(
            request.describe(),
            request.operation(),
            request.sequence(),
            request.dtype(),
            request.count(),
            State.ISSUED,
            System.nanoTime(),
            0,
            0));
  }

  /** Notes a point in time between the operations. */
  public void mark(String label) {
    add(new Entry(label, null, -1, null, 0, State.MARK, System.nanoTime(), 0, 0));
  }

  private Flight add(Entry entry) {
    Flight flight = new Flight(entry);
    synchronized (flights) {
      if (flights.size() == CAPACITY) {
        flights.removeFirst();
      }
      flights.addLast(flight);
    }
    return flight;
  }

  /** The recorded operations and marks, oldest first. */
  public List<Entry> entries() {
    synchronized (flights) {
      List<Entry> entries = new ArrayList<>(flights.size());
      for (Flight flight : flights) {
        entries.add(flight.entry);
      }
      return entries;
    }
  }

  /** The record as text, one line an entry, times in milliseconds since the communicator began. */
  public String dump() {
    StringBuilder text = new StringBuilder();
    for (Entry entry : entries()) {
      text.append(String.format(Locale.ROOT, "  %-9s %s, issued ", entry.state, entry.label));
      appendMillis(text, entry.issuedNanos);
      if (entry.startedNanos != 0) {
        appendMillis(text.append(", started "), entry.startedNanos);
      }
      if (entry.finishedNanos != 0) {
        appendMillis(text.append(", finished "), entry.finishedNanos);
      }
      text.append('\n');
    }
    return text.toString();
  }

  private void appendMillis(StringBuilder text, long nanos) {
    text.append(String.format(Locale.ROOT, "%.3f", (nanos - originNanos) / 1e6));
  }
}
