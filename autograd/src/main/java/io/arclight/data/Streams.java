package io.arclight.data;

import java.util.Iterator;

/** Iterators that hold resources. */
final class Streams {
  private Streams() {}

  static void close(Iterator<?> iterator) {
    if (iterator instanceof AutoCloseable resource) {
      try {
        resource.close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("a stream of samples could not be closed", e);
      }
    }
  }
}
