package io.arclight.tensor.profile;

/**
 * Which steps a profiler records: {@code skipFirst} are skipped, then cycles of {@code idle} idle,
 * {@code warmup} recorded and dropped, and {@code active} recorded steps follow.
 *
 * @param repeat number of cycles, 0 for no end
 */
public record Schedule(int skipFirst, int idle, int warmup, int active, int repeat) {

  /** What happens in a step. */
  public enum Action {
    NONE,
    WARMUP,
    RECORD,
    /** As RECORD, and the cycle ends. */
    RECORD_AND_SAVE
  }

  /** All steps, in one cycle without an end. */
  public static final Schedule ALWAYS = new Schedule(0, 0, 0, Integer.MAX_VALUE, 1);

  public Schedule {
    if (skipFirst < 0 || idle < 0 || warmup < 0 || active < 1 || repeat < 0) {
      throw new IllegalArgumentException(
          "a profiler's schedule needs an active step and no negative numbers, got skipFirst "
              + skipFirst
              + ", idle "
              + idle
              + ", warmup "
              + warmup
              + ", active "
              + active
              + ", repeat "
              + repeat);
    }
  }

  /** Cycles without an end, from the first step on. */
  public static Schedule of(int idle, int warmup, int active) {
    return new Schedule(0, idle, warmup, active, 0);
  }

  /** After so many steps that are not recorded. */
  public Schedule skipFirst(int steps) {
    return new Schedule(steps, idle, warmup, active, repeat);
  }

  /** Of so many cycles; 0 for no end. */
  public Schedule repeat(int cycles) {
    return new Schedule(skipFirst, idle, warmup, active, cycles);
  }

  /** What happens in {@code step}, counted from 0. */
  public Action action(long step) {
    long at = step - skipFirst;
    long cycle = (long) idle + warmup + active;
    if (at < 0 || repeat > 0 && at / cycle >= repeat) {
      return Action.NONE;
    }
    long place = at % cycle;
    if (place < idle) {
      return Action.NONE;
    }
    if (place < (long) idle + warmup) {
      return Action.WARMUP;
    }
    return place == cycle - 1 ? Action.RECORD_AND_SAVE : Action.RECORD;
  }
}
