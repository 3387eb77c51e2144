package io.arclight.spark.internal;

import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;
import scala.collection.JavaConverters;

/** The executors of an application, beyond what Spark's public API tells. */
public final class Executors {
  /** Spark's name of the driver among the executors. */
  public static final String DRIVER = "driver";

  private Executors() {}

  /**
   * A registered executor.
   *
   * @param id Spark's name of it; "driver" in local mode
   * @param cores cores that it may use
   */
  public record Executor(String id, int cores) {}

  /** Whether this process is the driver, as in local mode the ranks' is. */
  public static boolean isDriver() {
    return SparkEnv.get().executorId().equals(DRIVER);
  }

  /** The executors that are registered and alive. */
  public static List<Executor> alive(SparkContext context) {
    boolean local = context.isLocal();
    return JavaConverters.seqAsJavaList(context.statusStore().executorList(true)).stream()
        .filter(executor -> local || !executor.id().equals(DRIVER))
        .map(executor -> new Executor(executor.id(), executor.totalCores()))
        .filter(executor -> executor.cores() > 0)
        .toList();
  }

  /** How many tasks of this profile all executors could run at once. */
  public static int slots(SparkContext context, ResourceProfile profile) {
    return context.maxNumConcurrentTasks(profile);
  }

  /** The profile of tasks that ask for nothing special. */
  public static ResourceProfile defaultProfile(SparkContext context) {
    return context.resourceProfileManager().defaultResourceProfile();
  }

  /** A profile of tasks with this many cores; empty where the cluster manager knows none. */
  public static Optional<ResourceProfile> profileOf(SparkContext context, int cores) {
    ResourceProfile profile =
        new ResourceProfileBuilder().require(new TaskResourceRequests().cpus(cores)).build();
    try {
      context.resourceProfileManager().addResourceProfile(profile);
      return Optional.of(profile);
    } catch (Exception unsupported) {
      return Optional.empty();
    }
  }

  /** Kills an executor that no longer answers and asks the cluster manager for another. */
  public static boolean replace(SparkContext context, String id) {
    return context.killAndReplaceExecutor(id);
  }
}
