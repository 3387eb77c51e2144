package io.arclight.datasource;

import java.util.Map;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * The format {@code digits}: handwriting-like digits, 28 x 28, drawn as they are read.
 *
 * <p>Row i of a seed is the same on every machine and in any partitioning. Columns as {@link
 * MnistSource}. Options: {@code rows} (default 10000), {@code seed} (0), {@code split=train|test}
 * (disjoint random streams), {@code pixels=float|binary}, {@code scale}, {@code numPartitions},
 * {@code rowsPerPartition}.
 */
public final class DigitsSource implements TableProvider, DataSourceRegister {
  private static final long ROWS = 10_000;
  private static final long ROWS_PER_PARTITION = 1000;

  @Override
  public String shortName() {
    return "digits";
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return ImageOptions.of(options, ROWS_PER_PARTITION).schema();
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    var options = new CaseInsensitiveStringMap(properties);
    Split split = ImageOptions.choice(options, "split", Split.TRAIN);
    if (split == Split.ALL) {
      throw new DataSourceException(
          "Option split=all: digits are generated, any number per split. Use train or test.");
    }

    var digits =
        new DrawnDigits(
            ImageOptions.integer(options, "rows", ROWS, 1, Long.MAX_VALUE),
            ImageOptions.integer(options, "seed", 0, Long.MIN_VALUE, Long.MAX_VALUE),
            split);
    return new ImageTable("digits", digits, ImageOptions.of(options, ROWS_PER_PARTITION));
  }
}
