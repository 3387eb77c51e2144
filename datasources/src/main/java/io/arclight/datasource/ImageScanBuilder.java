package io.arclight.datasource;

import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsPushDownLimit;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.types.StructType;

/** Prunes columns and cuts the scan at a limit. */
final class ImageScanBuilder implements SupportsPushDownRequiredColumns, SupportsPushDownLimit {
  private final ImageTable table;
  private StructType schema;
  private long rows;

  ImageScanBuilder(ImageTable table) {
    this.table = table;
    this.schema = table.options().schema();
    this.rows = table.source().rows();
  }

  @Override
  public void pruneColumns(StructType required) {
    schema = required;
  }

  @Override
  public boolean pushLimit(int limit) {
    rows = Math.min(rows, limit);
    return true;
  }

  @Override
  public Scan build() {
    return new ImageScan(table, schema, rows);
  }
}
