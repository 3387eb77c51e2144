package io.arclight.spark;

import io.arclight.data.blob.BlobStore;
import io.arclight.spark.launch.HadoopBlobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.SparkContext;

/** Folders of any Hadoop file system. */
final class Stores {
  private Stores() {}

  static BlobStore at(SparkContext context, String path) {
    try {
      return HadoopBlobStore.at(path, context.hadoopConfiguration());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use folder " + path + ": " + e.getMessage(), e);
    }
  }
}
