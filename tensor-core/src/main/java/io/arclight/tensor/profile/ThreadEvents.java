package io.arclight.tensor.profile;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The events of one thread. */
final class ThreadEvents {
  /** An event that has not ended. */
  private static final class Open {
    /** Null where it is not recorded. */
    private final String kind;

    private final String name;
    private final long start;
    private final long bytes;
    private long insideNanos;
    private long insideBytes;

    private Open(String kind, String name, long start, long bytes) {
      this.kind = kind;
      this.name = name;
      this.start = start;
      this.bytes = bytes;
    }
  }

  private final long began;
  private final String thread = Thread.currentThread().getName();
  private final long threadId = Thread.currentThread().getId();
  private final ArrayDeque<Open> open = new ArrayDeque<>();
  private final List<ProfileEvent> events = new ArrayList<>();

  ThreadEvents(long began) {
    this.began = began;
  }

  void begin(String kind, String name) {
    open.push(new Open(kind, name, System.nanoTime(), Memory.allocatedBytes()));
  }

  void end(String device, String shapes) {
    Open ended = open.pop();
    long nanos = System.nanoTime() - ended.start;
    long bytes = Memory.allocatedBytes() - ended.bytes;
    Open around = open.peek();
    if (around != null) {
      around.insideNanos += nanos;
      around.insideBytes += bytes;
    }
    if (ended.kind == null) {
      return;
    }
    ProfileEvent event =
        new ProfileEvent(
            ended.kind,
            ended.name,
            device,
            shapes,
            thread,
            threadId,
            ended.start - began,
            nanos,
            nanos - ended.insideNanos,
            bytes,
            bytes - ended.insideBytes,
            open.size());
    synchronized (events) {
      events.add(event);
    }
  }

  List<ProfileEvent> events() {
    synchronized (events) {
      return List.copyOf(events);
    }
  }

  void clear() {
    synchronized (events) {
      events.clear();
    }
  }

  static String shapes(Tensor[] inputs) {
    StringBuilder out = new StringBuilder();
    for (Tensor input : inputs) {
      out.append(out.length() == 0 ? "" : " ").append(input.dtype()).append(input.shape());
    }
    return out.toString();
  }
}
