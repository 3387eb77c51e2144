package io.arclight.spark.feed;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;

/**
 * What an executor needs to know to read a feed.
 *
 * @param fields tensors of the batches
 * @param copiers how each of them is filled, bound to the columns of the plan
 * @param filter what rows of columnar batches must satisfy; null when all are taken
 * @param spooled whether what was read once is kept in local files for later epochs
 * @param materialized whether all is read before the first batch
 */
record FeedSpec(
    List<Field> fields,
    List<FieldCopier> copiers,
    BadRows badRows,
    FeedOptions options,
    SplitPlan plan,
    ReadPath path,
    Expression filter,
    boolean spooled,
    boolean materialized)
    implements Serializable {

  FeedSpec withSpool() {
    return new FeedSpec(fields, copiers, badRows, options, plan, path, filter, true, materialized);
  }

  FeedSpec materializedFirst() {
    return new FeedSpec(fields, copiers, badRows, options, plan, path, filter, spooled, true);
  }

  /** What the partitions of the plan consist of. */
  enum ReadPath {
    COLUMNAR,
    ROWS
  }
}
