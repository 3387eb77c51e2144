package io.arclight.spark.feed;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the rows that ranges of Parquet files hold, from their footers. */
final class ParquetFooters {
  private static final Logger LOG = LoggerFactory.getLogger(ParquetFooters.class);
  private static final int THREADS = 16;
  private static final int MAX_FILES = 10_000;

  private ParquetFooters() {}

  /** The splits with their rows; as they are when there are too many files or one is unreadable. */
  static List<Split> count(List<Split> splits, Configuration configuration) {
    List<String> paths =
        splits.stream().flatMap(s -> s.files().stream()).map(FileRange::path).distinct().toList();
    if (paths.size() > MAX_FILES) {
      LOG.info("Balancing by bytes: {} files are too many to read all footers", paths.size());
      return splits;
    }
    return read(paths, configuration)
        .map(blocks -> splits.stream().map(s -> counted(s, blocks)).toList())
        .orElse(splits);
  }

  private static Split counted(Split split, Map<String, List<BlockMetaData>> blocks) {
    long rows = 0;
    for (FileRange range : split.files()) {
      for (BlockMetaData block : blocks.get(range.path())) {
        rows += contains(range, block) ? block.getRowCount() : 0;
      }
    }
    return new Split(split.partition(), split.files(), rows);
  }

  /** A row group belongs to the range that holds its middle byte, as Parquet's readers have it. */
  private static boolean contains(FileRange range, BlockMetaData block) {
    long middle = block.getStartingPos() + block.getCompressedSize() / 2;
    return middle >= range.start() && middle < range.start() + range.length();
  }

  private static Optional<Map<String, List<BlockMetaData>>> read(
      List<String> paths, Configuration configuration) {
    ExecutorService pool = Executors.newFixedThreadPool(Math.min(THREADS, 1 + paths.size() / 4));
    try {
      Map<String, Future<List<BlockMetaData>>> reads = new HashMap<>();
      paths.forEach(path -> reads.put(path, pool.submit(() -> blocks(path, configuration))));
      Map<String, List<BlockMetaData>> blocks = new HashMap<>();
      for (String path : paths) {
        blocks.put(path, reads.get(path).get());
      }
      return Optional.of(blocks);
    } catch (ExecutionException e) {
      LOG.info("Balancing by bytes: no row counts from Parquet footers", e.getCause());
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      pool.shutdownNow();
    }
  }

  private static List<BlockMetaData> blocks(String path, Configuration configuration)
      throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(new Path(path), configuration))) {
      return reader.getFooter().getBlocks();
    }
  }
}
