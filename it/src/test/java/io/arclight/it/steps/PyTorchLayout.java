package io.arclight.it.steps;

/** How PyTorch's images lie; ours need no choice. */
enum PyTorchLayout {
  DEFAULT("contiguous_format", ""),
  CHANNELS_LAST("channels_last", " (PyTorch: channels_last)");

  private final String format;
  private final String suffix;

  PyTorchLayout(String format, String suffix) {
    this.format = format;
    this.suffix = suffix;
  }

  /** The name in {@code torch}. */
  String format() {
    return format;
  }

  /** What a description says of it. */
  String suffix() {
    return suffix;
  }
}
