package io.arclight.datasource;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Statistics;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.SerializableConfiguration;

/** Reads the first {@code rows} rows of a table, the columns of {@code schema} only. */
record ImageScan(ImageTable table, StructType schema, long rows)
    implements SupportsReportStatistics, Batch {

  /** Rows {@code from} to {@code to} (exclusive) of the table. */
  record Range(long from, long to, List<PinnedTable.Piece> pieces) implements PinnedTable.Part {
    @Override
    public long rows() {
      return to - from;
    }
  }

  /** Column batches only: Spark never asks for rows when every partition supports columns. */
  private record Readers(
      ImageSource source,
      ImageOptions options,
      StructType schema,
      Broadcast<SerializableConfiguration> hadoop)
      implements PartitionReaderFactory {
    @Override
    public boolean supportColumnarReads(InputPartition partition) {
      return true;
    }

    @Override
    public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
      return new ImageBatchReader(
          source, options, schema, (Range) partition, hadoop.value().value());
    }

    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      throw new IllegalStateException("Images are read in columns, never in rows: " + partition);
    }
  }

  @Override
  public StructType readSchema() {
    return schema;
  }

  @Override
  public String description() {
    return table.name() + " " + schema.simpleString() + ", rows: " + rows;
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    ImageOptions options = table.options();
    long wanted =
        options.numPartitions() > 0
            ? options.numPartitions()
            : (rows + options.rowsPerPartition() - 1) / options.rowsPerPartition();
    int partitions = Math.toIntExact(wanted);
    return IntStream.range(0, partitions)
        .mapToObj(i -> range(rows * i / partitions, rows * (i + 1) / partitions))
        .toArray(InputPartition[]::new);
  }

  private Range range(long from, long to) {
    return new Range(from, to, List.copyOf(table.source().pieces(from, to)));
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    SparkSession spark = SparkSession.active();
    SerializableConfiguration hadoop =
        new SerializableConfiguration(spark.sessionState().newHadoopConf());
    return new Readers(
        table.source(),
        table.options(),
        schema,
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(hadoop));
  }

  @Override
  public Statistics estimateStatistics() {
    boolean pixels = Arrays.asList(schema.fieldNames()).contains(ImageOptions.PIXELS);
    long rowBytes = pixels ? (long) Float.BYTES * table.source().imageSize() : Integer.BYTES;
    return new Statistics() {
      @Override
      public OptionalLong numRows() {
        return OptionalLong.of(rows);
      }

      @Override
      public OptionalLong sizeInBytes() {
        return OptionalLong.of(rows * rowBytes);
      }
    };
  }
}
