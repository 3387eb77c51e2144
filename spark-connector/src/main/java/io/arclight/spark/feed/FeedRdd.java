package io.arclight.spark.feed;

import io.arclight.spark.internal.Linkage;
import io.arclight.spark.internal.RddCopies;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;

/**
 * One partition for each rank, which can read any split of any of its plans, for a barrier stage.
 *
 * <p>Each partition has one {@link SplitSource} per plan, in order. Nothing is repartitioned: the
 * RDD depends on the shuffles below the plans directly, so that Spark runs them first, and reads
 * the plans' partitions itself. It names no preferred locations: over the epochs every rank reads
 * every split, and barrier stages fail when tasks wait for a place (delay scheduling).
 */
public final class FeedRdd extends RDD<SplitSource> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(FeedRdd.class);

  private final int ranks;
  private final List<SplitSource> sources;

  private FeedRdd(
      SparkContext context, List<Dependency<?>> shuffles, int ranks, List<SplitSource> sources) {
    super(
        context,
        JavaConverters.asScalaBuffer(shuffles).toList(),
        ClassTag$.MODULE$.apply(SplitSource.class));
    this.ranks = ranks;
    this.sources = sources;
  }

  /**
   * The feed of a run.
   *
   * @param ranks partitions of the RDD, at most the lanes of every plan
   * @param plans what is read, such as training and validation data
   * @throws FeedException when there are more ranks than lanes
   */
  public static FeedRdd of(int ranks, FeedPlan... plans) {
    Set<RDD<?>> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Dependency<?>> shuffles = new ArrayList<>();
    List<SplitSource> sources = new ArrayList<>();
    for (FeedPlan plan : plans) {
      int lanes = plan.options().lanes();
      if (ranks < 1 || ranks > lanes) {
        throw new FeedException(
            "%d ranks were asked for, but the feed has %d lanes: use 1 to %d ranks, or more lanes"
                .formatted(ranks, lanes, lanes));
      }
      plan.splits().skewWarning(plan.options(), ranks).ifPresent(LOG::warn);
      collectShuffles(plan.parent(), seen, shuffles);
      RddCopies copies = Linkage.check("copying a plan", () -> RddCopies.of(plan.parent()));
      sources.add(new SplitSource(copies, plan.partitions(), plan.spec()));
    }
    return new FeedRdd(plans[0].parent().sparkContext(), shuffles, ranks, sources);
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] partitions = new Partition[ranks];
    for (int rank = 0; rank < ranks; rank++) {
      partitions[rank] = new Rank(rank);
    }
    return partitions;
  }

  @Override
  public Iterator<SplitSource> compute(Partition split, TaskContext context) {
    return JavaConverters.asScalaIterator(
        sources.stream().map(s -> s.in(context, split.index(), ranks)).iterator());
  }

  private static void collectShuffles(RDD<?> rdd, Set<RDD<?>> seen, List<Dependency<?>> shuffles) {
    List<RDD<?>> pending = new ArrayList<>(List.of(rdd));
    while (!pending.isEmpty()) {
      RDD<?> next = pending.remove(pending.size() - 1);
      if (!seen.add(next)) {
        continue;
      }
      for (Dependency<?> dependency : JavaConverters.seqAsJavaList(next.dependencies())) {
        if (dependency instanceof ShuffleDependency<?, ?, ?>) {
          shuffles.add(dependency);
        } else {
          pending.add(dependency.rdd());
        }
      }
    }
  }

  private record Rank(int index) implements Partition {
    @Override
    public boolean equals(Object other) {
      return other instanceof Rank rank && rank.index == index;
    }

    @Override
    public int hashCode() {
      return index;
    }
  }
}
