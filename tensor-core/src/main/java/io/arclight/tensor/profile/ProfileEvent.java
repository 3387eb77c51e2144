package io.arclight.tensor.profile;

/**
 * Something that took time.
 *
 * @param kind {@code op}, {@code module}, {@code backward} or {@code user}
 * @param device that it worked on, empty where unknown
 * @param shapes of the inputs, empty unless recorded
 * @param startNanos since the profiler began
 * @param selfNanos without what ran inside
 * @param bytes allocated, with what ran inside
 * @param depth how many events it is inside of
 */
public record ProfileEvent(
    String kind,
    String name,
    String device,
    String shapes,
    String thread,
    long threadId,
    long startNanos,
    long nanos,
    long selfNanos,
    long bytes,
    long selfBytes,
    int depth) {}
