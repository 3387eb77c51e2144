package io.arclight.spark.feed;

import io.arclight.spark.internal.PartitionFiles;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.Partition;

/** Describes the partitions of a plan as splits. */
final class SplitPlanner {
  private SplitPlanner() {}

  /** What happens to partitions that hold no rows by their files' footers. */
  enum Empty {
    DROP,
    KEEP
  }

  static SplitPlan plan(
      Partition[] partitions,
      boolean parquet,
      Empty empty,
      Configuration configuration,
      List<String> obstacles) {
    List<Split> splits = new ArrayList<>();
    for (int i = 0; i < partitions.length; i++) {
      List<FileRange> files = PartitionFiles.of(partitions[i], FileRange::new);
      splits.add(new Split(i, files, PartitionFiles.rows(partitions[i]).orElse(Split.UNKNOWN)));
    }
    if (parquet && splits.stream().noneMatch(s -> s.files().isEmpty())) {
      splits = ParquetFooters.count(splits, configuration);
    }
    if (empty == Empty.DROP) {
      splits = splits.stream().filter(s -> s.rows() != 0).toList();
    }
    return new SplitPlan(splits, obstacles);
  }
}
