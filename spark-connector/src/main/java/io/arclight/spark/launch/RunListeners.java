package io.arclight.spark.launch;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells all listeners; one that fails does not harm the run. */
final class RunListeners {
  private static final Logger LOG = LoggerFactory.getLogger(RunListeners.class);

  private final List<RunListener> listeners;
  private final Set<String> warnings = new HashSet<>();

  RunListeners(List<RunListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  /** Tells the user once in a run, however many ranks and starts say it. */
  synchronized void warn(String warning) {
    if (warnings.add(warning)) {
      LOG.warn("{}", warning);
      tell(listener -> listener.warned(warning));
    }
  }

  synchronized void tell(Consumer<RunListener> event) {
    for (RunListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        LOG.warn("{} failed and the run goes on", listener.getClass().getName(), e);
      }
    }
  }
}
