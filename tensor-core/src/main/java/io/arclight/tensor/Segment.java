package io.arclight.tensor;

/**
 * One of the launches of a kernel that run as one: rows 0 to {@code rows} on buffers and parameters
 * of its own, as {@link Executable#launch} takes them.
 */
public record Segment(long rows, Tensor[] buffers, long[] params) {}
