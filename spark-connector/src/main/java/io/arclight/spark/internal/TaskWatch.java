package io.arclight.spark.internal;

import java.util.Arrays;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.StageInfo;
import scala.collection.JavaConverters;

/** What Spark's driver knows of the tasks of one job, whether they have begun or not. */
public final class TaskWatch extends SparkListener implements AutoCloseable {
  private static final String TAGS = "spark.job.tags";
  private static final int NONE = -1;

  private final SparkContext context;
  private final String tag;
  private final Listener listener;
  private volatile int stage = NONE;

  /** Hears of them; from one thread at a time. */
  public interface Listener {
    /** The task was sent to an executor. */
    void launched(int partition, String executorId, String host);

    /** The task is over. */
    void left(int partition);

    /** The executor has sent its heartbeat to Spark. */
    void alive(String executorId);
  }

  private TaskWatch(SparkContext context, String tag, Listener listener) {
    this.context = context;
    this.tag = tag;
    this.listener = listener;
  }

  /** Watches the tasks of the job with this tag, in its last stage, until closed. */
  public static TaskWatch over(SparkContext context, String tag, Listener listener) {
    TaskWatch watch = new TaskWatch(context, tag, listener);
    context.addSparkListener(watch);
    return watch;
  }

  @Override
  public void onJobStart(SparkListenerJobStart job) {
    String tags = job.properties() == null ? "" : job.properties().getProperty(TAGS, "");
    if (Arrays.asList(tags.split(",")).contains(tag)) {
      stage =
          JavaConverters.seqAsJavaList(job.stageInfos()).stream()
              .mapToInt(StageInfo::stageId)
              .max()
              .orElse(NONE);
    }
  }

  @Override
  public void onTaskStart(SparkListenerTaskStart task) {
    if (task.stageId() == stage) {
      listener.launched(
          task.taskInfo().index(), task.taskInfo().executorId(), task.taskInfo().host());
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd task) {
    if (task.stageId() == stage) {
      listener.left(task.taskInfo().index());
    }
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate heartbeat) {
    listener.alive(heartbeat.execId());
  }

  @Override
  public void close() {
    context.removeSparkListener(this);
  }
}
