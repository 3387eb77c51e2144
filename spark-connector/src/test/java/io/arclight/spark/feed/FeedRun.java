package io.arclight.spark.feed;

import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.apache.spark.rdd.RDD;
import org.apache.spark.unsafe.Platform;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/** Feeds a plan to the ranks of a real barrier job and tells what they got. */
final class FeedRun {
  private FeedRun() {}

  /**
   * What one rank got in one step.
   *
   * @param values first element of field 0 by row
   */
  record Step(
      int rank, int step, long globalRows, long[] ids, float[] values, List<LaneState> states)
      implements Serializable {}

  /** All steps of an epoch over all ranks. */
  static List<Step> epoch(FeedPlan plan, int ranks, int epoch) {
    return run(plan, ranks, epoch, List.of(), Integer.MAX_VALUE);
  }

  /** At most {@code steps} steps of an epoch, or of its rest when there are states. */
  static List<Step> run(FeedPlan plan, int ranks, int epoch, List<LaneState> resume, int steps) {
    FeedRdd feed = FeedRdd.of(ranks, plan);
    RDD<Step> result =
        feed.barrier()
            .mapPartitions(
                new Rank(UUID.randomUUID().toString(), epoch, new ArrayList<>(resume), steps),
                false,
                ClassTag$.MODULE$.apply(Step.class));
    return result.toJavaRDD().collect();
  }

  static long rows(List<Step> steps) {
    return steps.stream().mapToLong(s -> s.ids().length).sum();
  }

  /** The sorted ids of each global batch. */
  static List<long[]> batches(List<Step> steps) {
    int last = steps.stream().mapToInt(Step::step).max().orElse(-1);
    List<long[]> batches = new ArrayList<>();
    for (int t = 0; t <= last; t++) {
      int step = t;
      batches.add(
          steps.stream()
              .filter(s -> s.step() == step)
              .flatMapToLong(s -> Arrays.stream(s.ids()))
              .sorted()
              .toArray());
    }
    return batches;
  }

  static double sum(List<Step> steps) {
    double sum = 0;
    for (Step step : steps) {
      for (float value : step.values()) {
        sum += value;
      }
    }
    return sum;
  }

  private static final class Rank
      extends AbstractFunction1<
          scala.collection.Iterator<SplitSource>, scala.collection.Iterator<Step>>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String group;
    private final int epoch;
    private final ArrayList<LaneState> resume;
    private final int limit;

    Rank(String group, int epoch, ArrayList<LaneState> resume, int limit) {
      this.group = group;
      this.epoch = epoch;
      this.resume = resume;
      this.limit = limit;
    }

    @Override
    public scala.collection.Iterator<Step> apply(scala.collection.Iterator<SplitSource> sources) {
      Iterator<SplitSource> feeds = JavaConverters.asJavaIterator(sources);
      SplitSource source = feeds.next();
      List<Step> steps = new ArrayList<>();
      try (RankFeed feed =
          RankFeed.open(source, Device.CPU, JvmExchange.join(group, source.ranks()))) {
        if (resume.isEmpty()) {
          feed.start(epoch);
        } else {
          feed.resume(resume);
        }
        while (steps.size() < limit) {
          try (RankBatch batch = feed.next().orElse(null)) {
            if (batch == null) {
              break;
            }
            steps.add(step(source, steps.size(), batch));
          }
        }
      }
      return JavaConverters.asScalaIterator(steps.iterator());
    }

    private static Step step(SplitSource source, int step, RankBatch batch) {
      long[] ids = batch.batch().sampleIds().toLongs();
      float[] values = new float[ids.length];
      if (ids.length > 0) {
        Tensor rows = batch.batch().columns().values().iterator().next();
        long stride = rows.elements() / ids.length * rows.dtype().bytes();
        for (int i = 0; i < ids.length; i++) {
          values[i] = Platform.getFloat(null, rows.address() + stride * i);
        }
      }
      return new Step(
          source.rank(), step, batch.globalRows(), ids, values, new ArrayList<>(batch.states()));
    }
  }
}
