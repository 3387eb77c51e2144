package io.arclight.spark.launch;

import io.arclight.spark.internal.Executors;
import io.arclight.spark.internal.Executors.Executor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.resource.ResourceProfile;

/**
 * Finds places for the ranks before Spark is asked: its own check counts executors that have not
 * come yet as absent and retries for ten minutes whatever the reason.
 */
final class Slots {
  private static final Pattern LOCAL_CLUSTER =
      Pattern.compile("local-cluster\\[\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,.*");
  private static final Duration POLL = Duration.ofMillis(200);

  private final SparkContext context;
  private final SparkConf conf;
  private final int world;
  private final Placement placement;
  private final Cancellation cancellation;
  private final int taskCpus;

  Slots(SparkContext context, int world, Placement placement, Cancellation cancellation) {
    this.context = context;
    this.conf = context.conf();
    this.world = world;
    this.placement = placement;
    this.cancellation = cancellation;
    this.taskCpus = conf.getInt("spark.task.cpus", 1);
  }

  /**
   * Waits for enough executors and gives the profile that spreads the ranks over them, empty for
   * Spark's default one.
   *
   * @throws SlotsException at once when they can never come, or after the timeout
   */
  Optional<ResourceProfile> await(RunListeners listeners) throws InterruptedException {
    if (context.isLocal()) {
      requireLocalSlots();
      return Optional.empty();
    }

    refuseDynamicAllocation();
    requireConfigured();
    return profile(awaitExecutors(listeners));
  }

  private void requireLocalSlots() {
    int slots = Executors.slots(context, Executors.defaultProfile(context));
    if (slots < world) {
      throw new SlotsException(
          "%d ranks need %d slots, but master %s has %d; set --master local[%d], or use %d workers"
              .formatted(world, world, context.master(), slots, world * taskCpus, slots));
    }
  }

  private void refuseDynamicAllocation() {
    if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
      throw new SlotsException(
          "Spark runs no barrier stage with dynamic allocation (SPARK-24942), which is on; start the"
              + " application with --conf spark.dynamicAllocation.enabled=false"
              + " --conf spark.executor.instances="
              + executorsNeeded());
    }
  }

  private void requireConfigured() {
    OptionalInt most = configuredExecutors();
    int cores = conf.getInt("spark.executor.cores", localClusterCores().orElse(Integer.MAX_VALUE));
    int perExecutor = ranksOn(cores);
    if (perExecutor == 0) {
      throw new SlotsException(
          "A rank needs %d cores (spark.task.cpus), but executors have %d; set --conf"
                  .formatted(taskCpus, cores)
              + " spark.executor.cores="
              + taskCpus);
    }

    if (most.isPresent() && (long) most.getAsInt() * perExecutor < world) {
      throw new SlotsException(
          "%d ranks need %d executors, but the application has at most %d with %d rank each; %s"
              .formatted(world, executorsNeeded(), most.getAsInt(), perExecutor, advice(most)));
    }
  }

  private String advice(OptionalInt most) {
    String line =
        context.master().startsWith("local-cluster")
            ? "set --master local-cluster[%d,%d,1024]"
                .formatted(executorsNeeded(), localClusterCores().orElse(1))
            : conf.contains("spark.cores.max")
                ? "set --conf spark.cores.max="
                    + executorsNeeded() * conf.getInt("spark.executor.cores", taskCpus)
                : "set --conf spark.executor.instances=" + executorsNeeded();
    return line + ", or use " + most.getAsInt() * placement.ranksPerExecutor() + " workers";
  }

  private OptionalInt configuredExecutors() {
    Matcher localCluster = LOCAL_CLUSTER.matcher(context.master());
    if (localCluster.matches()) {
      return OptionalInt.of(Integer.parseInt(localCluster.group(1)));
    }

    if (context.master().startsWith("yarn") || context.master().startsWith("k8s")) {
      return OptionalInt.of(conf.getInt("spark.executor.instances", 2));
    }

    if (conf.contains("spark.cores.max")) {
      int each = conf.getInt("spark.executor.cores", taskCpus);
      return OptionalInt.of(conf.getInt("spark.cores.max", 0) / each);
    }

    return OptionalInt.empty();
  }

  private Optional<Integer> localClusterCores() {
    Matcher localCluster = LOCAL_CLUSTER.matcher(context.master());
    return localCluster.matches()
        ? Optional.of(Integer.parseInt(localCluster.group(2)))
        : Optional.empty();
  }

  private List<Executor> awaitExecutors(RunListeners listeners) throws InterruptedException {
    Duration timeout = placement.slotTimeout();
    long deadline = System.nanoTime() + timeout.toNanos();
    ResourceProfile defaultProfile = Executors.defaultProfile(context);
    int shown = -1;
    while (true) {
      List<Executor> alive = Executors.alive(context);
      int places = alive.stream().mapToInt(executor -> ranksOn(executor.cores())).sum();
      // The list of executors lags behind a death; Spark's scheduler knows at once.
      if (places >= world && Executors.slots(context, defaultProfile) >= world) {
        return alive;
      }

      if (System.nanoTime() > deadline) {
        throw new SlotsException(
            "%d ranks need %d executors, but only %d came within %d s; ask for more resources or use %d workers"
                .formatted(world, executorsNeeded(), alive.size(), timeout.toSeconds(), places));
      }

      if (alive.size() != shown) {
        shown = alive.size();
        int count = shown;
        listeners.tell(listener -> listener.waiting(count, executorsNeeded()));
      }
      cancellation.sleep(POLL);
    }
  }

  private Optional<ResourceProfile> profile(List<Executor> executors) {
    int fewest = executors.stream().mapToInt(Executor::cores).min().orElse(taskCpus);
    int cpus = Math.max(taskCpus, fewest / placement.ranksPerExecutor());
    return cpus == taskCpus ? Optional.empty() : Executors.profileOf(context, cpus);
  }

  private int ranksOn(int cores) {
    return Math.min(placement.ranksPerExecutor(), cores / taskCpus);
  }

  private int executorsNeeded() {
    return (world + placement.ranksPerExecutor() - 1) / placement.ranksPerExecutor();
  }
}
