package io.arclight.it.steps;

import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** How PyTorch's images lie; ours need no choice. */
enum PyTorchLayout {
  DEFAULT("contiguous_format", "", MemoryFormat.Contiguous),
  CHANNELS_LAST("channels_last", " (PyTorch: channels_last)", MemoryFormat.ChannelsLast);

  private final String format;
  private final String suffix;
  private final MemoryFormat memory;

  PyTorchLayout(String format, String suffix, MemoryFormat memory) {
    this.format = format;
    this.suffix = suffix;
    this.memory = memory;
  }

  /** The name in {@code torch}. */
  String format() {
    return format;
  }

  /** The same of libtorch. */
  MemoryFormat memory() {
    return memory;
  }

  /** What a description says of it. */
  String suffix() {
    return suffix;
  }
}
