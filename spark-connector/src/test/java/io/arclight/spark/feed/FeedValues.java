package io.arclight.spark.feed;

import io.arclight.data.Batch;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;

/** All that one rank gets from a DataFrame, in the order of its rows. */
final class FeedValues {
  private FeedValues() {}

  /**
   * A tensor of a batch.
   *
   * @param values elements, row by row
   */
  record Column(DType dtype, List<Long> shape, List<Double> values) implements Serializable {}

  static FeedPlan plan(Dataset<?> data, ColumnMapping mapping) {
    FeedOptions options = new FeedOptions(1 << 20, 1, 64, Shuffle.NONE, 0, LastBatch.KEPT);
    return FeedPlan.of(data, mapping, options);
  }

  static Map<String, Column> of(Dataset<?> data, ColumnMapping mapping) {
    return of(plan(data, mapping), Device.CPU);
  }

  static Map<String, Column> of(FeedPlan plan, Device device) {
    String name = device.toString();
    return FeedRdd.of(1, plan).toJavaRDD().map(source -> read(source, Device.of(name))).first();
  }

  private static Map<String, Column> read(SplitSource source, Device device) {
    try (RankFeed feed = RankFeed.open(source, device, AvailabilityExchange.ALONE)) {
      feed.start(0);
      try (RankBatch rank = feed.next().orElseThrow()) {
        Batch batch = rank.batch().to(Device.CPU);
        Map<String, Column> columns = new LinkedHashMap<>();
        batch.columns().forEach((name, tensor) -> columns.put(name, column(tensor)));
        if (feed.next().isPresent()) {
          throw new IllegalStateException("more than one batch");
        }
        return columns;
      }
    }
  }

  private static Column column(Tensor tensor) {
    List<Double> values = new ArrayList<>();
    if (tensor.dtype() == DType.INT64) {
      Arrays.stream(tensor.toLongs()).forEach(v -> values.add((double) v));
    } else {
      Arrays.stream(tensor.to(DType.FLOAT64).toDoubles()).forEach(values::add);
    }
    List<Long> shape = Arrays.stream(tensor.shape().toArray()).boxed().toList();
    return new Column(tensor.dtype(), shape, values);
  }
}
