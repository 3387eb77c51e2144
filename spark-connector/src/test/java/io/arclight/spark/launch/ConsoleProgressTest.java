package io.arclight.spark.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.spark.launch.ConsoleProgress.Output;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ConsoleProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long now;

  @Test
  void aFileGetsALineNowAndThen() {
    ConsoleProgress progress = progress(Output.FILE);
    progress.waiting(1, 2);
    progress.started(new RunStart("run-1", 0, List.of()));
    for (int step = 0; step <= 200; step++) {
      progress.progress(report(step));
      now += Duration.ofMillis(100).toNanos();
    }
    progress.ended(null);

    assertThat(text().lines())
        .containsExactly(
            "waiting for executors 1/2",
            "run-1 started on 0 ranks",
            "epoch 1/3  step 0/100  loss 0.5000  accuracy 0.9000",
            "epoch 1/3  step 50/100  loss 0.5000  accuracy 0.9000  640 samples/s  ETA 0:25",
            "epoch 2/3  step 0/100  loss 0.5000  accuracy 0.9000  640 samples/s  ETA 0:20",
            "epoch 2/3  step 50/100  loss 0.5000  accuracy 0.9000  640 samples/s  ETA 0:15",
            "epoch 3/3  step 0/100  loss 0.5000  accuracy 0.9000  640 samples/s  ETA 0:10");
  }

  @Test
  void aTerminalGetsOneBarThatLinesDoNotTear() {
    ConsoleProgress progress = progress(Output.TERMINAL);
    progress.progress(report(50));
    progress.warned("rows are sorted");
    now += Duration.ofSeconds(1).toNanos();
    progress.progress(report(50));
    progress.restarting(1, Duration.ofSeconds(1), new LaunchException("rank 1 is lost\nmore"));
    progress.progress(report(50));
    progress.ended(null);

    assertThat(text())
        .startsWith("\r\u001b[K[==========          ] epoch 1/3  step 50/100")
        .contains("\r\u001b[Kwarning: rows are sorted\n")
        .contains("\r\u001b[Krestart 1 in 1 s: rank 1 is lost\n")
        .doesNotContain("more")
        .endsWith("\n");
  }

  @Test
  void spacesStepsWhoseNumberIsUnknown() {
    ConsoleProgress progress = progress(Output.TERMINAL);
    progress.progress(new StepReport(0, 3, 7, 0, 448, Map.of()));

    assertThat(text()).isEqualTo("\r\u001b[Kepoch 1/3  step 7");
  }

  @Test
  void leavesTheStreamToSparksOwnBar() {
    SparkConf conf = new SparkConf(false).set("spark.ui.showConsoleProgress", "true");

    assertThat(ConsoleProgress.onStandardError(conf)).isNotInstanceOf(ConsoleProgress.class);
  }

  private ConsoleProgress progress(Output output) {
    return new ConsoleProgress(new PrintStream(bytes, true, UTF_8), output, () -> now);
  }

  private String text() {
    return bytes.toString(UTF_8);
  }

  private static StepReport report(int step) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("loss", 0.5);
    metrics.put("accuracy", 0.9);
    return new StepReport(step / 100, 3, step, 100, 64L * step, metrics);
  }
}
