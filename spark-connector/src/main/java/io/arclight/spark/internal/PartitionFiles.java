package io.arclight.spark.internal;

import io.arclight.datasource.PinnedTable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.Partition;
import org.apache.spark.rdd.UnionPartition;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.datasources.FilePartition;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.execution.datasources.v2.BatchScanExec;
import org.apache.spark.sql.execution.datasources.v2.DataSourceRDDPartition;
import org.apache.spark.sql.execution.datasources.v2.parquet.ParquetScan;
import scala.collection.Iterator;
import scala.collection.JavaConverters;

/** The files behind the partitions of a plan. */
public final class PartitionFiles {
  private PartitionFiles() {}

  /** Takes one range of a file. */
  @FunctionalInterface
  public interface RangeFunction<T> {
    T apply(String path, long start, long length, long fileLength, long modificationTime);
  }

  /** The file ranges that a partition reads; empty when they are not known. */
  public static <T> List<T> of(Partition partition, RangeFunction<T> range) {
    List<T> ranges = new ArrayList<>();
    collect(partition, range, ranges);
    return ranges;
  }

  private static <T> void collect(Object partition, RangeFunction<T> range, List<T> to) {
    if (partition instanceof FilePartition files) {
      for (PartitionedFile file : files.files()) {
        to.add(
            range.apply(
                file.toPath().toString(),
                file.start(),
                file.length(),
                file.fileSize(),
                file.modificationTime()));
      }
    } else if (partition instanceof UnionPartition<?> union) {
      collect(union.parentPartition(), range, to);
    } else if (partition instanceof DataSourceRDDPartition source) {
      for (InputPartition input : JavaConverters.seqAsJavaList(source.inputPartitions())) {
        collect(input, range, to);
      }
    } else if (partition instanceof PinnedTable.Part part) {
      for (PinnedTable.Piece piece : part.pieces()) {
        to.add(
            range.apply(
                piece.path(),
                piece.start(),
                piece.length(),
                piece.fileLength(),
                piece.modificationTime()));
      }
    }
  }

  /** Rows of a partition before any filter, where it says so itself. */
  public static OptionalLong rows(Object partition) {
    if (partition instanceof PinnedTable.Part part) {
      return OptionalLong.of(part.rows());
    }
    if (partition instanceof UnionPartition<?> union) {
      return rows(union.parentPartition());
    }
    if (partition instanceof DataSourceRDDPartition source
        && source.inputPartitions().size() == 1) {
      return rows(source.inputPartitions().head());
    }
    return OptionalLong.empty();
  }

  /** Whether a plan reads Parquet files and nothing else. */
  public static boolean areParquet(SparkPlan plan) {
    Iterator<SparkPlan> leaves = plan.collectLeaves().iterator();
    boolean parquet = leaves.hasNext();
    while (leaves.hasNext()) {
      SparkPlan leaf = leaves.next();
      parquet &=
          leaf instanceof FileSourceScanExec scan
                  && scan.relation().fileFormat() instanceof ParquetFileFormat
              || leaf instanceof BatchScanExec batch && batch.scan() instanceof ParquetScan;
    }
    return parquet;
  }
}
