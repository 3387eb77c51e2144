package io.arclight.spark.internal;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** Files in Spark's local folders that no name leads to: they go with the process at the latest. */
public final class ScratchFiles {
  private static final String ENCRYPTION = "spark.io.encryption.enabled";

  private ScratchFiles() {}

  /** Why this application must not have plain files in local folders; empty when it may. */
  public static Optional<String> obstacle(SparkConf conf) {
    return conf.getBoolean(ENCRYPTION, false)
        ? Optional.of(ENCRYPTION + " is set and these files would be plain")
        : Optional.empty();
  }

  /** Spark's configuration in this process. */
  public static SparkConf conf() {
    return SparkEnv.get().conf();
  }

  /** Bytes that are free in the folder of {@link #open}. */
  public static long free(int number) {
    return folder(number).getUsableSpace();
  }

  private static File folder(int number) {
    File[] folders = SparkEnv.get().blockManager().diskBlockManager().localDirs();
    return folders[number % folders.length];
  }

  /** A new empty file, in one of the local folders by {@code number}. */
  public static FileChannel open(int number) throws IOException {
    Path folder = folder(number).toPath();
    Path file = Files.createTempFile(folder, "arclight-", ".rows");
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    Files.delete(file);
    return channel;
  }
}
