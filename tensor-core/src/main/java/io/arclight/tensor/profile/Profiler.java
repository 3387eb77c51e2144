package io.arclight.tensor.profile;

import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Records which operations, modules and gradient rules run, for how long, and what memory they
 * take. Times are those of the calling thread: on an asynchronous device, of handing work over.
 *
 * <pre>{@code
 * try (Profiler profiler = Profiler.start()) {
 *   try (var range = Profiler.recordFunction("step")) {
 *     loss(model.call(x), y).backward();
 *   }
 *   System.out.println(profiler.keyAverages().table());
 *   profiler.exportChromeTrace(Path.of("trace.json"));
 * }
 * }</pre>
 */
public final class Profiler implements AutoCloseable {
  /** Whether the shapes of inputs are recorded. */
  public enum Shapes {
    IGNORE,
    RECORD
  }

  /** A range of time that the user names. */
  @FunctionalInterface
  public interface Range extends AutoCloseable {
    @Override
    void close();
  }

  private static final Range NOTHING = () -> {};

  private final Schedule schedule;
  private final Shapes shapes;
  private final Consumer<Profiler> onTraceReady;
  private final long began = System.nanoTime();
  private final List<ThreadEvents> threads = new CopyOnWriteArrayList<>();
  private final Context.Restore attached;
  private volatile boolean recording;
  private List<ProfileEvent> saved = List.of();
  private long step;

  private Profiler(Schedule schedule, Shapes shapes, Consumer<Profiler> onTraceReady) {
    this.schedule = schedule;
    this.shapes = shapes;
    this.onTraceReady = onTraceReady;
    recording = schedule.action(0) != Schedule.Action.NONE;
    attached = attach();
  }

  /** Records all on this thread until closed. */
  public static Profiler start() {
    return start(Schedule.ALWAYS, Shapes.IGNORE, profiler -> {});
  }

  /**
   * Records on this thread the steps that {@code schedule} says; {@link #step} ends one.
   *
   * @param onTraceReady called at the end of every cycle, when {@link #events()} are its
   */
  public static Profiler start(Schedule schedule, Shapes shapes, Consumer<Profiler> onTraceReady) {
    return new Profiler(schedule, shapes, onTraceReady);
  }

  /** Records what this thread does too, until closed; for threads of a library's own. */
  public Context.Restore attach() {
    ThreadEvents events = new ThreadEvents(began);
    threads.add(events);
    Context context = Context.current();
    Context.Restore ranges = context.ranges(new NamedRanges(events));
    Context.Restore operations =
        context.intercept((op, name, inputs, next) -> operation(events, name, inputs, next));
    return () -> {
      operations.close();
      ranges.close();
    };
  }

  /** Names the time until it is closed, where this thread is profiled. */
  public static Range recordFunction(String name) {
    Context.Ranges ranges = Context.current().ranges();
    if (ranges == null) {
      return NOTHING;
    }
    ranges.begin("user", name);
    return ranges::end;
  }

  private Tensor[] operation(
      ThreadEvents events, String name, Tensor[] inputs, Supplier<Tensor[]> next) {
    if (!recording) {
      return next.get();
    }
    events.begin("op", name);
    Tensor[] out = null;
    try {
      out = next.get();
      return out;
    } finally {
      Tensor some = out != null && out.length > 0 ? out[0] : inputs.length > 0 ? inputs[0] : null;
      events.end(
          some == null ? "" : some.device().toString(),
          shapes == Shapes.RECORD ? ThreadEvents.shapes(inputs) : "");
    }
  }

  /** Ranges begun while recording end in it, whatever happens between. */
  private final class NamedRanges implements Context.Ranges {
    private final ThreadEvents events;

    private NamedRanges(ThreadEvents events) {
      this.events = events;
    }

    @Override
    public void begin(String kind, String name) {
      events.begin(recording ? kind : null, name);
    }

    @Override
    public void end() {
      events.end("", "");
    }
  }

  /** Ends a step of the schedule and begins the next. */
  public void step() {
    Schedule.Action ended = schedule.action(step++);
    if (ended == Schedule.Action.RECORD_AND_SAVE) {
      saved = collect();
      onTraceReady.accept(this);
      forget();
    } else if (ended == Schedule.Action.WARMUP) {
      forget();
    }
    recording = schedule.action(step) != Schedule.Action.NONE;
  }

  private void forget() {
    threads.forEach(ThreadEvents::clear);
  }

  /** What was recorded in the cycle under way, or else in the last; by time of beginning. */
  public List<ProfileEvent> events() {
    List<ProfileEvent> now = collect();
    return now.isEmpty() ? saved : now;
  }

  private List<ProfileEvent> collect() {
    List<ProfileEvent> all = new ArrayList<>();
    threads.forEach(thread -> all.addAll(thread.events()));
    all.sort(
        Comparator.comparingLong(ProfileEvent::startNanos).thenComparingInt(ProfileEvent::depth));
    return all;
  }

  /** Sums by kind, name and device. */
  public KeyAverages keyAverages() {
    return KeyAverages.of(events());
  }

  /** Writes what was recorded in the format that chrome://tracing and Perfetto read. */
  public void exportChromeTrace(Path file) throws IOException {
    Files.writeString(file, ChromeTrace.of(events()));
  }

  /** Ends the recording; what was recorded stays. */
  @Override
  public void close() {
    recording = false;
    attached.close();
  }
}
