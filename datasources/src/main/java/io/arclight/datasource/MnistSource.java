package io.arclight.datasource;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * The format {@code mnist}: IDX files, gzipped or not, of MNIST and its kin.
 *
 * <p>The path is a folder, a glob or an images file. Columns {@code pixels} (array of float, 0 to
 * 1, or binary) and {@code label} (int). Options: {@code split=train|test|all} (default train for a
 * folder, all for a file), {@code pixels=float|binary}, {@code scale}, {@code numPartitions},
 * {@code rowsPerPartition}. Files are listed and their headers checked at load.
 */
public final class MnistSource implements TableProvider, DataSourceRegister {
  private static final long ROWS_PER_PARTITION = 5000;

  @Override
  public String shortName() {
    return "mnist";
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return ImageOptions.of(options, ROWS_PER_PARTITION).schema();
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    var options = new CaseInsensitiveStringMap(properties);
    Configuration hadoop = SparkSession.active().sessionState().newHadoopConf();
    IdxImages images = IdxFolder.images(hadoop, options);
    return new ImageTable(
        "mnist " + images.names(), images, ImageOptions.of(options, ROWS_PER_PARTITION));
  }
}
