package io.arclight.jobs;

import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** The folder that a model goes to. */
final class OutFolder {
  private OutFolder() {}

  /** Writes and deletes a file: that nothing can be written must not show after training only. */
  static void requireWritable(SparkSession spark, String out) {
    try {
      Path folder = new Path(out);
      FileSystem files = folder.getFileSystem(spark.sessionState().newHadoopConf());
      boolean isNew = !files.exists(folder);
      Path probe = new Path(folder, ".arclight-" + UUID.randomUUID());
      files.create(probe).close();
      files.delete(isNew ? folder : probe, isNew);
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("--out " + out + " cannot be written to: " + e.getMessage());
    }
  }
}
