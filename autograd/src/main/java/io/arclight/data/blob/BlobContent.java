package io.arclight.data.blob;

import java.io.IOException;
import java.io.OutputStream;

/** Writes the bytes of one blob from first to last. */
@FunctionalInterface
public interface BlobContent {

  /** Writes everything to {@code out} and leaves closing to the store. */
  void writeTo(OutputStream out) throws IOException;
}
