package io.arclight.spark.launch;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** What Spark says when a job ends for a reason that another start would meet again. */
enum JobFailure {
  /** Somebody ended it. */
  CANCELLED("\\AJob \\d+ cancelled", ""),
  /** A stage before ours failed, after Spark's own attempts. */
  FEED_FAILED(
      "\\AJob aborted due to stage failure: Task \\d+ in stage [\\d.]+ failed \\d+ times", ""),
  /** The executors have another class path than the driver. */
  CLASS_MISSING(
      "ClassNotFoundException|NoClassDefFoundError",
      "executors lack a class that the driver has; add its jar with --jars. "),
  /** The ranks gave too much back. */
  RESULT_TOO_LARGE(
      "spark\\.driver\\.maxResultSize",
      "results of ranks are collected and must be small; write weights to a checkpoint. "),
  /** Spark refuses the job before it starts. */
  REFUSED("SPARK-24819|SPARK-24820|SPARK-24821|SPARK-24942", "");

  final String advice;
  private final Pattern pattern;

  JobFailure(String regex, String advice) {
    this.pattern = Pattern.compile(regex);
    this.advice = advice;
  }

  boolean in(String message) {
    return pattern.matcher(message).find();
  }

  static Optional<JobFailure> of(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return Arrays.stream(values()).filter(kind -> kind.in(message)).findFirst();
  }
}
