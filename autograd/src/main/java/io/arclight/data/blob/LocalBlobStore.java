package io.arclight.data.blob;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Blobs in a folder of this machine or of a mounted file system. */
public final class LocalBlobStore implements BlobStore {
  private static final long serialVersionUID = 1L;

  private final String root;

  private LocalBlobStore(String root) {
    this.root = root;
  }

  /** A store in {@code folder}, which is made on the first write. */
  public static LocalBlobStore at(Path folder) {
    return new LocalBlobStore(folder.toAbsolutePath().normalize().toString());
  }

  @Override
  public void put(String name, BlobContent content) throws IOException {
    Path target = path(name);
    Path temporary = write(target, content);
    publish(temporary, () -> Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE));
  }

  @Override
  public void create(String name, byte[] content) throws IOException {
    Path target = path(name);
    if (Files.exists(target)) {
      throw new FileAlreadyExistsException(target.toString());
    }

    Path temporary = write(target, out -> out.write(content));
    // A hard link is the one atomic "publish unless present" of POSIX; a move would replace.
    publish(temporary, () -> Files.createLink(target, temporary));
  }

  @Override
  public InputStream open(String name) throws IOException {
    return Files.newInputStream(path(name));
  }

  @Override
  public List<Blob> list(String folder) throws IOException {
    Path top = path(folder);
    if (!Files.isDirectory(top)) {
      return List.of();
    }

    try (Stream<Path> tree = Files.walk(top)) {
      return tree.filter(Files::isRegularFile)
          .map(file -> new Blob(name(file), file.toFile().length()))
          .filter(blob -> BlobNames.visible(blob.name()))
          .sorted(Comparator.comparing(Blob::name))
          .toList();
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Path target = path(name);
    if (!Files.exists(target)) {
      return;
    }

    List<Path> deepestFirst;
    try (Stream<Path> tree = Files.walk(target)) {
      deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
    }

    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }

  @Override
  public String location() {
    return root;
  }

  private Path path(String name) {
    return Path.of(root).resolve(BlobNames.require(name));
  }

  private String name(Path file) {
    return Path.of(root).relativize(file).toString().replace(File.separatorChar, '/');
  }

  private static Path write(Path target, BlobContent content) throws IOException {
    Files.createDirectories(target.getParent());
    Path temporary = target.resolveSibling("." + UUID.randomUUID() + ".tmp");
    try (FileChannel channel = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
      content.writeTo(out);
      out.flush();
      channel.force(true);
    } catch (Throwable e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    return temporary;
  }

  private static void publish(Path temporary, Publication publication) throws IOException {
    try {
      publication.run();
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  @FunctionalInterface
  private interface Publication {
    void run() throws IOException;
  }
}
