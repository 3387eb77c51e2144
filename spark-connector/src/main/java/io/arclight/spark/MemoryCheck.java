package io.arclight.spark;

import io.arclight.nn.Module;
import io.arclight.tensor.OutOfMemoryException;
import io.arclight.tensor.memory.Memory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes an estimate by a step of training: on the driver, or where that has too little. */
final class MemoryCheck<M extends Module> {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryCheck.class);

  private final SparkContext context;
  private final long available;
  private final Duration patience;

  /**
   * A check for one run.
   *
   * @param available bytes that an executor has, below 0 where that is not known
   * @param patience how long an executor may take to come and take the step
   */
  MemoryCheck(SparkContext context, long available, Duration patience) {
    this.context = context;
    this.available = available;
    this.patience = patience;
  }

  /**
   * The estimate with what optimizer and batch take.
   *
   * @throws OutOfMemoryException where no process has enough for even one rank's step
   */
  MemoryEstimate complete(MemoryEstimate known, MemoryProbe<M> probe) {
    MemoryProbe.Seen seen = look(known, probe);
    if (seen.problem() != null) {
      LOG.warn(
          "What a batch takes is not known, and not in the estimate of memory: the model does not"
              + " train on zeros ({})",
          seen.problem());
    }
    return new MemoryEstimate(
        known.weights(),
        known.gradients(),
        seen.optimizer(),
        Math.max(0, seen.batch()),
        known.rows(),
        known.queues());
  }

  private MemoryProbe.Seen look(MemoryEstimate known, MemoryProbe<M> probe) {
    if (context.isLocal()) {
      return probe.look();
    }
    long free = Memory.limit() - Memory.liveBytes();
    if (known.weights() + known.gradients() < free / 2) {
      try {
        return probe.look();
      } catch (OutOfMemoryException e) {
        LOG.info("The driver cannot hold a step of training; an executor tries");
      }
    }
    return lookOnExecutor(probe);
  }

  private MemoryProbe.Seen lookOnExecutor(MemoryProbe<M> probe) {
    JavaFutureAction<List<MemoryProbe.Seen>> job =
        JavaSparkContext.fromSparkContext(context)
            .parallelize(List.of(probe), 1)
            .map(new Within<M>(available))
            .collectAsync();
    try {
      MemoryProbe.Seen seen = job.get(patience.toMillis(), TimeUnit.MILLISECONDS).get(0);
      if (seen == null) {
        throw new OutOfMemoryException("an executor cannot hold one rank's step");
      }
      return seen;
    } catch (InterruptedException e) {
      job.cancel(true);
      Thread.currentThread().interrupt();
      return new MemoryProbe.Seen(0, -1, "interrupted");
    } catch (TimeoutException e) {
      job.cancel(true);
      return new MemoryProbe.Seen(0, -1, "no executor did it within " + patience);
    } catch (ExecutionException e) {
      return new MemoryProbe.Seen(0, -1, "on an executor: " + e.getCause());
    }
  }

  private record Within<M extends Module>(long available)
      implements Function<MemoryProbe<M>, MemoryProbe.Seen> {
    @Override
    public MemoryProbe.Seen call(MemoryProbe<M> probe) {
      return probe.lookWithin(available);
    }
  }
}
