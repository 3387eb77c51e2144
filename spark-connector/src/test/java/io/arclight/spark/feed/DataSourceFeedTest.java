package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Our own sources feed columnar batches. */
@Timeout(120)
class DataSourceFeedTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();

  private static DataFrameReader digits() {
    return SESSION.spark().read().format("digits").option("rows", 120).option("numPartitions", 5);
  }

  @Test
  void floatAndBinaryPixelsAgree() {
    ColumnMapping mapping =
        ColumnMapping.of(Features.column("pixels").shaped(Shape.of(1, 28, 28)))
            .withLabel(Label.classes("label", 10));
    Dataset<Row> floats = digits().option("scale", "1.0").load();
    Dataset<Row> bytes = digits().option("pixels", "binary").load();
    FeedPlan plan = FeedValues.plan(floats, mapping);
    assertThat(plan.path()).startsWith("columnar batches from BatchScan");
    assertThat(plan.splits().repeatable()).isTrue();
    assertThat(plan.splits().splits()).hasSize(5).allMatch(s -> s.rows() == 24);
    assertThat(plan.splits().splits().get(1).files())
        .containsExactly(
            new FileRange("digits:split=train,seed=0,drawing=1", 24 * 784, 24 * 784, 94080, 0));

    Map<String, FeedValues.Column> values = FeedValues.of(plan, Device.CPU);
    assertThat(values.get("pixels").shape()).containsExactly(120L, 1L, 28L, 28L);
    assertThat(values).isEqualTo(FeedValues.of(bytes, mapping));
    ColumnMapping raw =
        ColumnMapping.of(
            Features.column("pixels").as(DType.UINT8), Features.column("label").as(DType.INT64));
    Map<String, FeedValues.Column> unsigned = FeedValues.of(bytes, raw);
    assertThat(unsigned.get("pixels").values()).isEqualTo(values.get("pixels").values());
    assertThat(unsigned.get("label").values()).isEqualTo(values.get("label").values());
  }

  @Test
  void filteredRowsAreSharedByRanks() {
    Dataset<Row> some = digits().load().filter("label IN (1, 3, 5)");
    ColumnMapping mapping =
        ColumnMapping.of(Features.column("pixels")).withLabel(Label.classes("label"));
    FeedPlan plan = FeedPlan.of(some, mapping, FeedOptions.of(16).withWindow(8));
    assertThat(plan.path()).startsWith("columnar batches").contains("filtered by");
    assertThat(plan.labels().orElseThrow().values()).isEqualTo(List.of(1, 3, 5));
    assertThat(FeedRun.rows(FeedRun.epoch(plan, 3, 0))).isEqualTo(some.count());
  }
}
