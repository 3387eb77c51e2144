package io.arclight.tensor.memory;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaves tensor memory behind, with the stacks of its allocations. JUnit
 * finds it by itself where this module's tests are on the class path.
 *
 * <p>Memory in static fields, in test instances with {@code Lifecycle.PER_CLASS} and in scopes left
 * open counts as left behind. Test classes of one JVM must not run at the same time.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(LeakCheck.class);

  /** How long threads that the test has stopped may take to end. */
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  private static final int SHOWN = 5;

  /** Tags of a thread's argument block, which goes with it, and of tables, which are bounded. */
  private static final Set<String> LASTING = Set.of("arguments", "tables");

  private final long patienceNanos;

  public LeakCheck() {
    this(PATIENCE_NANOS);
  }

  LeakCheck(long patienceNanos) {
    this.patienceNanos = patienceNanos;
  }

  private record Baseline(long bytes, long storages, Map<AllocationSite, String> sites) {}

  @Override
  public void beforeAll(ExtensionContext context) {
    Memory.collect();
    Baseline baseline = new Baseline(Memory.liveBytes(), storages(), liveSites());
    context.getStore(NAMESPACE).put(context.getUniqueId(), baseline);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Baseline baseline = context.getStore(NAMESPACE).remove(context.getUniqueId(), Baseline.class);
    boolean scopeOpen = Scope.current() != null;
    long start = System.nanoTime();
    boolean patient = true;
    while (patient && storages() > baseline.storages) {
      Memory.collect();
      patient = System.nanoTime() - start < patienceNanos;
    }
    if (scopeOpen || storages() > baseline.storages) {
      throw new AssertionError(message(context, baseline, scopeOpen));
    }
  }

  /** What lives, but for what is meant to. */
  private static long storages() {
    AtomicLong lasting = new AtomicLong();
    Reclaimer.forEach(r -> lasting.addAndGet(LASTING.contains(r.tag) ? 1 : 0));
    return Memory.liveStorages() - lasting.get();
  }

  private static String message(ExtensionContext context, Baseline baseline, boolean scopeOpen) {
    Map<AllocationSite, String> left = liveSites();
    left.keySet().removeAll(baseline.sites.keySet());
    Map<String, List<String>> byStack = new java.util.TreeMap<>();
    left.forEach(
        (site, what) -> byStack.computeIfAbsent(site.text(), s -> new ArrayList<>()).add(what));
    StringBuilder text =
        new StringBuilder(context.getDisplayName())
            .append(" left ")
            .append(storages() - baseline.storages)
            .append(" storages with ")
            .append(Memory.liveBytes() - baseline.bytes)
            .append(" bytes behind")
            .append(scopeOpen ? " and a Scope open" : "")
            .append(": close them, or drop the last reference (static fields?)\n");
    byStack.entrySet().stream()
        .limit(SHOWN)
        .forEach(
            entry ->
                text.append(entry.getValue().size())
                    .append(" x ")
                    .append(entry.getValue().get(0))
                    .append('\n')
                    .append(entry.getKey())
                    .append('\n'));
    return text.toString();
  }

  private static Map<AllocationSite, String> liveSites() {
    IdentityHashMap<AllocationSite, String> sites = new IdentityHashMap<>();
    BiConsumer<AllocationSite, String> add =
        (site, what) -> {
          if (site != null) {
            sites.put(site, what);
          }
        };
    Reclaimer.forEach(r -> add.accept(r.site, r.bytes + " bytes by '" + r.tag + "'"));
    for (ThreadMemory thread : ThreadMemory.all()) {
      for (Scope scope = thread.scope; scope != null; scope = scope.parent()) {
        scope.forEachOwned(
            s -> add.accept(s.site(), s.bytes() + " bytes by '" + s.tag() + "' in an open Scope"));
      }
    }
    return sites;
  }
}
