package io.arclight.tensor.cpu;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads a library once; its absence is a normal state with one warning. */
final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);

  private NativeLibrary() {}

  /**
   * Tells JavaCPP, before it starts, not to count the process's memory against the heap: tensors
   * have limits of their own.
   */
  static void prepare() {
    for (String limit : new String[] {"maxbytes", "maxphysicalbytes"}) {
      String key = "org.bytedeco.javacpp." + limit;
      if (System.getProperty(key) == null) {
        System.setProperty(key, "0");
      }
    }
  }

  /** Takes {@code pointer} out of the caller's JavaCPP scope, which would free what we keep. */
  static <P extends Pointer> P own(P pointer) {
    PointerScope scope = PointerScope.getInnerScope();
    if (scope != null) {
      pointer.retainReference();
      scope.detach(pointer);
    }
    return pointer;
  }

  static boolean load(String name, Runnable load) {
    prepare();
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
