package io.arclight.datasource;

import java.io.Closeable;
import java.io.IOException;

/** A sequential stream of rows that are bytes of one fixed size: the pixels or the labels. */
interface ByteRows extends Closeable {
  /** Writes the next {@code rows} rows to the start of {@code target}. */
  void read(byte[] target, int rows) throws IOException;

  @Override
  default void close() throws IOException {}
}
