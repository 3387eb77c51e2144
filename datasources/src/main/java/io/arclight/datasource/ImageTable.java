package io.arclight.datasource;

import java.util.Set;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A table of labelled images: {@code pixels} (array of float or binary) and {@code label} (int).
 */
record ImageTable(String name, ImageSource source, ImageOptions options) implements PinnedTable {
  /** Deprecated in Spark 3.4 but still abstract; {@code columns()} follows from it. */
  @Deprecated
  @Override
  public StructType schema() {
    return options.schema();
  }

  @Override
  public Set<TableCapability> capabilities() {
    return Set.of(TableCapability.BATCH_READ);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap unusedScanOptions) {
    return new ImageScanBuilder(this);
  }
}
