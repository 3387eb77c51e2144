package io.arclight.spark.launch;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers what a run told its listeners. */
final class Events implements RunListener {
  final List<RunStart> starts = new CopyOnWriteArrayList<>();
  final List<Checkpoint> commits = new CopyOnWriteArrayList<>();
  final List<StepReport> reports = new CopyOnWriteArrayList<>();
  final List<String> warnings = new CopyOnWriteArrayList<>();
  final List<Throwable> restarts = new CopyOnWriteArrayList<>();
  final CountDownLatch firstStart = new CountDownLatch(1);
  final CountDownLatch firstReport = new CountDownLatch(1);
  final AtomicInteger endings = new AtomicInteger();

  @Override
  public void started(RunStart start) {
    starts.add(start);
    firstStart.countDown();
  }

  @Override
  public void committed(Checkpoint checkpoint) {
    commits.add(checkpoint);
  }

  @Override
  public void progress(StepReport report) {
    reports.add(report);
    firstReport.countDown();
  }

  @Override
  public void warned(String warning) {
    warnings.add(warning);
  }

  @Override
  public void restarting(int restart, Duration delay, Throwable cause) {
    restarts.add(cause);
  }

  @Override
  public void ended(Throwable failure) {
    endings.incrementAndGet();
  }
}
