package io.arclight.spark.launch;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.LongSupplier;
import org.apache.spark.SparkConf;

/** Shows a run on a console: a live bar on a terminal, otherwise a plain line now and then. */
public final class ConsoleProgress implements RunListener {
  private static final Duration LINES = Duration.ofSeconds(5);
  private static final Duration REDRAW = Duration.ofMillis(200);
  private static final int BAR = 20;
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
  private static final String ERASE = "\r\u001b[K";

  private final PrintStream out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private StepReport origin;
  private long originTime;
  private long shownTime;
  private boolean barShown;

  ConsoleProgress(PrintStream out, Output output, LongSupplier nanoTime) {
    this.out = out;
    this.terminal = output == Output.TERMINAL;
    this.nanoTime = nanoTime;
  }

  /** What the stream goes to. */
  enum Output {
    TERMINAL,
    FILE
  }

  /**
   * Shows runs on the standard error stream; silent when Spark draws its own bars there
   * (spark.ui.showConsoleProgress).
   */
  public static RunListener onStandardError(SparkConf conf) {
    if (conf.getBoolean("spark.ui.showConsoleProgress", false)) {
      return new RunListener() {};
    }

    return new ConsoleProgress(System.err, standardError(), System::nanoTime);
  }

  @SuppressWarnings("SystemConsoleNull") // Null without a terminal, up to Java 21.
  private static Output standardError() {
    try {
      // Java's own console needs standard input and output to be terminals too.
      String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return target.matches("/dev/(pts/|tty).*") && !"dumb".equals(System.getenv("TERM"))
          ? Output.TERMINAL
          : Output.FILE;
    } catch (IOException | UnsupportedOperationException elsewhere) {
      return System.console() == null ? Output.FILE : Output.TERMINAL;
    }
  }

  @Override
  public void waiting(int executors, int needed) {
    line("waiting for executors %d/%d".formatted(executors, needed));
  }

  @Override
  public void started(RunStart start) {
    origin = null;
    line(
        "%s started on %d ranks%s"
            .formatted(
                start.runId(),
                start.ranks().size(),
                start.restartEpoch() == 0 ? "" : ", start " + (start.restartEpoch() + 1)));
  }

  @Override
  public void progress(StepReport report) {
    long now = nanoTime.getAsLong();
    if (origin == null) {
      origin = report;
      originTime = now;
    } else if (now - shownTime < (terminal ? REDRAW : LINES).toNanos()) {
      return;
    }

    shownTime = now;
    String text = describe(report, (now - originTime) / 1e9);
    if (terminal) {
      out.print(ERASE + bar(report) + text);
      out.flush();
      barShown = true;
    } else {
      out.println(text);
    }
  }

  @Override
  public void warned(String warning) {
    line("warning: " + warning);
  }

  @Override
  public void restarting(int restart, Duration delay, Throwable cause) {
    String reason = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    line("restart %d in %d s: %s".formatted(restart, delay.toSeconds(), reason));
  }

  @Override
  public void ended(Throwable failure) {
    if (barShown) {
      out.println();
      barShown = false;
    }
  }

  private void line(String text) {
    out.println((barShown ? ERASE : "") + text);
    barShown = false;
  }

  private String describe(StepReport report, double seconds) {
    StringJoiner text = new StringJoiner("  ");
    text.add("epoch %d/%d".formatted(report.epoch() + 1, report.epochs()));
    text.add(
        report.stepsPerEpoch() > 0
            ? "step %d/%d".formatted(stepInEpoch(report), report.stepsPerEpoch())
            : "step %d".formatted(report.step()));
    for (Map.Entry<String, Double> metric : report.metrics().entrySet()) {
      text.add(String.format(Locale.ROOT, "%s %.4f", metric.getKey(), metric.getValue()));
    }
    if (seconds > 0 && report.rows() > origin.rows()) {
      text.add(
          String.format(Locale.ROOT, "%,.0f samples/s", (report.rows() - origin.rows()) / seconds));
    }
    long stepsDone = report.step() - origin.step();
    long stepsLeft = report.stepsPerEpoch() * report.epochs() - report.step();
    if (report.stepsPerEpoch() > 0 && stepsDone > 0 && stepsLeft >= 0) {
      text.add("ETA " + clock((long) (seconds * stepsLeft / stepsDone)));
    }
    return text.toString();
  }

  private static String bar(StepReport report) {
    if (report.stepsPerEpoch() == 0) {
      return "";
    }

    int full = (int) (BAR * stepInEpoch(report) / report.stepsPerEpoch());
    return "[" + "=".repeat(full) + " ".repeat(BAR - full) + "] ";
  }

  private static long stepInEpoch(StepReport report) {
    long before = report.epoch() * report.stepsPerEpoch();
    return Math.max(0, Math.min(report.step() - before, report.stepsPerEpoch()));
  }

  private static String clock(long seconds) {
    return "%d:%02d".formatted(seconds / 60, seconds % 60);
  }
}
