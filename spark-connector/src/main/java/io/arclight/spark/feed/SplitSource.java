package io.arclight.spark.feed;

import io.arclight.spark.internal.Linkage;
import io.arclight.spark.internal.RddCopies;
import io.arclight.spark.internal.SplitContext;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import scala.collection.Iterator;

/** All splits of a plan as a rank sees them; {@link RankFeed#open} reads the rank's share. */
public final class SplitSource implements Serializable {
  private static final long serialVersionUID = 1L;

  private final RddCopies parent;
  private final Partition[] partitions;
  private final FeedSpec spec;
  private final transient TaskContext task;
  private final transient int rank;
  private final transient int ranks;

  SplitSource(RddCopies parent, Partition[] partitions, FeedSpec spec) {
    this(parent, partitions, spec, null, 0, 0);
  }

  private SplitSource(
      RddCopies parent,
      Partition[] partitions,
      FeedSpec spec,
      TaskContext task,
      int rank,
      int ranks) {
    this.parent = parent;
    this.partitions = partitions;
    this.spec = spec;
    this.task = task;
    this.rank = rank;
    this.ranks = ranks;
  }

  SplitSource in(TaskContext task, int rank, int ranks) {
    return new SplitSource(parent, partitions, spec, task, rank, ranks);
  }

  /** Tensors of the batches, in order. */
  public List<Field> fields() {
    return spec.fields();
  }

  /** The order of samples. */
  public FeedOptions options() {
    return spec.options();
  }

  /** The rank that reads, by the partition of the feed. */
  public int rank() {
    return rank;
  }

  /** How many ranks share the splits. */
  public int ranks() {
    return ranks;
  }

  SplitPlan plan() {
    return spec.plan();
  }

  TaskContext task() {
    return task;
  }

  boolean materialized() {
    return spec.materialized();
  }

  /** Where to keep what is read, if that is wanted and possible; the caller closes it. */
  Optional<Spool> spool() {
    return spec.spooled() ? Spool.open(spec.fields(), rank) : Optional.empty();
  }

  /**
   * Opens a split on the calling thread, which must be the one to read and close it.
   *
   * @param spool null when nothing is kept
   */
  SplitReader open(int index, RowMarks marks, Spool spool) {
    if (spool == null) {
      return open(index, marks);
    }
    return spool
        .find(index)
        .<SplitReader>map(
            recording ->
                new SpooledSplitReader(
                    index,
                    spec.plan().splits().get(index),
                    spec,
                    marks,
                    recording,
                    () -> reopen(index, marks, spool)))
        .orElseGet(() -> open(index, marks).recordedBy(spool.record(index)));
  }

  /** Opens a split where it comes from: what the spool has of it is damaged. */
  SplitReader reopen(int index, RowMarks marks, Spool spool) {
    spool.forget(index);
    return open(index, marks);
  }

  SplitReader open(int index, RowMarks marks) {
    Split split = spec.plan().splits().get(index);
    RDD<?> copy = Linkage.check("copying a plan within a task", parent::copy);
    SplitContext context =
        Linkage.check("reading a split within a task", () -> new SplitContext(task));
    context.enter();
    try {
      Iterator<?> values = copy.iterator(partitions[split.partition()], context.context());
      return switch (spec.path()) {
        case COLUMNAR -> columnar(index, split, context, values, marks);
        case ROWS -> rows(index, split, context, values, marks);
      };
    } catch (RuntimeException | Error e) {
      context.close();
      throw e;
    }
  }

  @SuppressWarnings("unchecked")
  private SplitReader columnar(
      int index, Split split, SplitContext context, Iterator<?> values, RowMarks marks) {
    return new ColumnarSplitReader(
        index, split, spec, marks, context, (Iterator<ColumnarBatch>) values);
  }

  @SuppressWarnings("unchecked")
  private SplitReader rows(
      int index, Split split, SplitContext context, Iterator<?> values, RowMarks marks) {
    return new RowSplitReader(index, split, spec, marks, context, (Iterator<InternalRow>) values);
  }
}
