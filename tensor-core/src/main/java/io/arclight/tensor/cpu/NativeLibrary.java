package io.arclight.tensor.cpu;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads a library once; its absence is a normal state with one warning. */
final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);

  private NativeLibrary() {}

  static boolean load(String name, Runnable load) {
    try {
      load.run();
      return true;
    } catch (LinkageError | RuntimeException e) {
      LOG.warn(
          "{} is not available ({}); slower Java loops run instead. Put its JavaCPP natives for"
              + " this platform on the class path",
          name,
          e.toString());
      return false;
    }
  }
}
