package io.arclight.spark.internal;

import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.apache.spark.TaskContextImpl;
import org.apache.spark.rdd.InputFileBlockHolder$;
import scala.Option;

/**
 * A task context for reading one partition of many within a task.
 *
 * <p>Spark's readers close when their task completes. In a task that trains for hours and opens
 * thousands of partitions from another thread, they must close when the partition has been read,
 * and never while that thread still reads: so each partition gets a context of its own, which
 * shares the task's memory and metrics but not its end.
 */
public final class SplitContext implements AutoCloseable {
  private static final ThreadLocal<SplitContext> ENTERED = new ThreadLocal<>();

  private final TaskContext task;
  private final TaskContextImpl context;
  private InputFile file = InputFile.NONE;

  /** The context of a reader inside {@code task}. */
  public SplitContext(TaskContext task) {
    this.task = task;
    this.context =
        new TaskContextImpl(
            task.stageId(),
            task.stageAttemptNumber(),
            task.partitionId(),
            task.taskAttemptId(),
            task.attemptNumber(),
            task.numPartitions(),
            task.taskMemoryManager(),
            task.getLocalProperties(),
            SparkEnv.get().metricsSystem(),
            task.taskMetrics(),
            task.cpus(),
            task.resources());
  }

  /** The context to read with. */
  public TaskContext context() {
    return context;
  }

  /** Makes it the calling thread's context; call it before every use of the reader. */
  public void enter() {
    TaskContext$.MODULE$.setTaskContext(context);
    SplitContext left = ENTERED.get();
    if (left != this) {
      if (left != null) {
        left.file = InputFile.current();
      }
      file.restore();
      ENTERED.set(this);
    }
  }

  /** Closes the readers of the partition; the thread that read must have left them. */
  @Override
  public void close() {
    if (ENTERED.get() == this) {
      ENTERED.remove();
      InputFile.NONE.restore();
    }
    if (context.fetchFailed().isDefined()) {
      task.setFetchFailed(context.fetchFailed().get());
    }
    context.markTaskCompleted(Option.empty());
  }

  /** What {@code input_file_name()} gives on a thread. */
  private record InputFile(String path, long start, long length) {
    static final InputFile NONE = new InputFile("", -1, -1);

    static InputFile current() {
      InputFileBlockHolder$ holder = InputFileBlockHolder$.MODULE$;
      return new InputFile(
          holder.getInputFilePath().toString(), holder.getStartOffset(), holder.getLength());
    }

    void restore() {
      if (path.isEmpty()) {
        InputFileBlockHolder$.MODULE$.unset();
      } else {
        InputFileBlockHolder$.MODULE$.set(path, start, length);
      }
    }
  }
}
