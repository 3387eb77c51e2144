package io.arclight.tensor;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warnings to the user, each once in a process. */
final class Warnings {
  private static final Logger LOG = LoggerFactory.getLogger("io.arclight");
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  private Warnings() {}

  static void once(String text) {
    if (SAID.add(text)) {
      LOG.warn(text);
    }
  }
}
