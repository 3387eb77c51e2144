package io.arclight.spark.launch;

import io.arclight.data.blob.Blob;
import io.arclight.data.blob.BlobContent;
import io.arclight.data.blob.BlobNames;
import io.arclight.data.blob.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.execution.streaming.CheckpointFileManager;
import org.apache.spark.sql.execution.streaming.CheckpointFileManager.CancellableFSDataOutputStream;
import org.apache.spark.util.SerializableConfiguration;

/** Blobs in a folder of any file system that Hadoop reaches: HDFS, S3A, ABFS, GCS, local. */
public final class HadoopBlobStore implements BlobStore {
  private static final long serialVersionUID = 1L;

  private final String root;
  private final SerializableConfiguration configuration;

  private HadoopBlobStore(String root, SerializableConfiguration configuration) {
    this.root = root;
    this.configuration = configuration;
  }

  /**
   * A store in {@code folder}, which is made on the first write.
   *
   * @param configuration of the session that reads and writes, as {@code
   *     sparkContext.hadoopConfiguration()} gives it
   */
  public static HadoopBlobStore at(String folder, Configuration configuration) throws IOException {
    Path path = new Path(folder);
    Path qualified = path.getFileSystem(configuration).makeQualified(path);
    return new HadoopBlobStore(qualified.toString(), new SerializableConfiguration(configuration));
  }

  @Override
  public void put(String name, BlobContent content) throws IOException {
    Path target = path(name);
    if (publishesOnClose(target)) {
      write(target, content);
      return;
    }

    Path temporary = new Path(target.getParent(), "." + UUID.randomUUID() + ".tmp");
    try {
      write(temporary, content);
      replace(temporary, target);
    } catch (Throwable e) {
      deleteQuietly(temporary, e);
      throw e;
    }
  }

  @Override
  public void create(String name, byte[] content) throws IOException {
    Path target = path(name);
    if (fileSystem().exists(target)) {
      throw new FileAlreadyExistsException(target.toString());
    }

    fileSystem().mkdirs(target.getParent());
    // Spark's manager knows which file systems rename atomically and takes a class by conf.
    CheckpointFileManager manager =
        CheckpointFileManager.create(target.getParent(), configuration.value());
    CancellableFSDataOutputStream out = manager.createAtomic(target, false);
    try {
      out.write(content);
    } catch (Throwable e) {
      out.cancel();
      throw e;
    }

    try {
      out.close();
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException taken) {
      throw new FileAlreadyExistsException(target.toString());
    }
  }

  @Override
  public InputStream open(String name) throws IOException {
    return fileSystem().open(path(name));
  }

  @Override
  public List<Blob> list(String folder) throws IOException {
    Path top = path(folder);
    if (!fileSystem().exists(top) || fileSystem().getFileStatus(top).isFile()) {
      return List.of();
    }

    List<Blob> blobs = new ArrayList<>();
    if (publishesOnClose(top)) {
      // Object stores list all depths at once.
      RemoteIterator<LocatedFileStatus> files = fileSystem().listFiles(top, true);
      while (files.hasNext()) {
        add(files.next(), blobs);
      }
    } else {
      walk(top, blobs);
    }
    blobs.sort(Comparator.comparing(Blob::name));
    return blobs;
  }

  /** On local disks listFiles would start a process per file, and fail where one just vanished. */
  private void walk(Path folder, List<Blob> blobs) throws IOException {
    for (FileStatus file : fileSystem().listStatus(folder)) {
      if (file.isDirectory()) {
        walk(file.getPath(), blobs);
      } else {
        add(file, blobs);
      }
    }
  }

  private void add(FileStatus file, List<Blob> blobs) {
    String name = name(file.getPath());
    if (BlobNames.visible(name)) {
      blobs.add(new Blob(name, file.getLen()));
    }
  }

  @Override
  public void delete(String name) throws IOException {
    fileSystem().delete(path(name), true);
  }

  @Override
  public String location() {
    return root;
  }

  private Path path(String name) {
    return new Path(root, BlobNames.require(name));
  }

  private String name(Path file) {
    String base = new Path(root).toUri().getPath();
    return file.toUri().getPath().substring(base.endsWith("/") ? base.length() : base.length() + 1);
  }

  private FileSystem fileSystem() throws IOException {
    return new Path(root).getFileSystem(configuration.value());
  }

  private boolean publishesOnClose(Path path) throws IOException {
    return fileSystem().hasPathCapability(path, CommonPathCapabilities.ABORTABLE_STREAM);
  }

  private void write(Path path, BlobContent content) throws IOException {
    FSDataOutputStream out = fileSystem().create(path, true);
    try {
      content.writeTo(out);
    } catch (Throwable e) {
      if (out.hasCapability(CommonPathCapabilities.ABORTABLE_STREAM)) {
        out.abort();
      } else {
        closeQuietly(out, e);
      }
      throw e;
    }

    out.close();
  }

  private void replace(Path from, Path to) throws IOException {
    if (fileSystem().rename(from, to)) {
      return;
    }

    fileSystem().delete(to, false);
    if (!fileSystem().rename(from, to)) {
      throw new IOException("Cannot rename %s to %s; check its permissions".formatted(from, to));
    }
  }

  private void deleteQuietly(Path path, Throwable because) {
    try {
      fileSystem().delete(path, false);
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  private static void closeQuietly(FSDataOutputStream out, Throwable because) {
    try {
      out.close();
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }
}
