package io.arclight.tensor.cpu;

import io.arclight.tensor.memory.ByteSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Machine code on disk, in a folder that nobody but this user can write or read.
 *
 * <p>What is found there is executed, so a folder or file of another owner, with wider permissions,
 * or whose content does not match its checksum is not read. A cache that cannot be used costs time,
 * never an error.
 *
 * <p>Over its limit of bytes it deletes the files that were used longest ago: any process may at
 * any time, since who misses a file compiles again, and who has opened it still reads it.
 */
final class ObjectCache {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectCache.class);
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final int CHECKSUM_BYTES = 32;
  private static final long MAX_BYTES = 64L << 20;
  private static final long LIMIT = 256L << 20;
  private static final Pattern OURS = Pattern.compile("[0-9a-f]{64}(\\.o|\\d+\\.tmp)");

  /** The share of the limit that is written before the folder is looked through again. */
  private static final int LOOK_EVERY = 16;

  /** The share of the limit that is left after deleting, in quarters. */
  private static final int LEAVE_QUARTERS = 3;

  // Null if there is no folder to use.
  private final Path folder;
  private final UserPrincipal user;
  private final long limit;

  /** Bytes that may be written before the folder is looked through; at first it always is. */
  private final AtomicLong untilLook = new AtomicLong();

  private ObjectCache(Path folder, UserPrincipal user, long limit) {
    this.folder = folder;
    this.user = user;
    this.limit = limit;
  }

  /**
   * The folder that property {@code arclight.kernel.cache} names, or the user's; none if "off". It
   * holds about as many bytes as {@code arclight.kernel.cache.limit} says (such as 100m), or 256
   * MiB.
   */
  static ObjectCache open() {
    long limit = ByteSize.property("arclight.kernel.cache.limit", () -> LIMIT);
    String chosen = System.getProperty("arclight.kernel.cache");
    if (chosen != null) {
      return chosen.equals("off")
          ? new ObjectCache(null, null, limit)
          : open(List.of(Path.of(chosen)), limit);
    }
    String name = System.getProperty("user.name", "unknown").replaceAll("[^A-Za-z0-9_.-]", "_");
    return open(
        List.of(
            Path.of(System.getProperty("user.home", "/"), ".cache", "arclight", "kernels"),
            Path.of(System.getProperty("java.io.tmpdir"), "arclight-kernels-" + name)),
        limit);
  }

  /** The first of the folders that can be used. */
  static ObjectCache open(List<Path> folders, long limit) {
    for (Path folder : folders) {
      try {
        Files.createDirectories(folder.toAbsolutePath().getParent());
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectory(folder, attribute(FOLDER));
        }
        // A file of ours tells who we are, also where the system does not know the user's name.
        Path probe = Files.createTempFile(folder, "probe", ".tmp", attribute(FILE));
        UserPrincipal user = attributes(probe).owner();
        Files.delete(probe);
        PosixFileAttributes found = attributes(folder);
        if (found.isDirectory()
            && found.owner().equals(user)
            && found.permissions().equals(FOLDER)) {
          return new ObjectCache(folder, user, limit);
        }
        LOG.warn(
            "Compiled kernels are not kept in {}: it belongs to {} with permissions {}, but must be"
                + " this user's alone (chmod 700, or set -Darclight.kernel.cache)",
            folder,
            found.owner(),
            PosixFilePermissions.toString(found.permissions()));
      } catch (IOException | UnsupportedOperationException e) {
        LOG.debug("Compiled kernels cannot be kept in {}", folder, e);
      }
    }
    return new ObjectCache(null, null, limit);
  }

  /** The object kept under {@code key}, or else what {@code compile} makes, which is then kept. */
  byte[] computeIfAbsent(String key, Supplier<byte[]> compile) {
    byte[] object = read(key);
    if (object == null) {
      object = compile.get();
      write(key, object);
    }
    return object;
  }

  private byte[] read(String key) {
    if (folder == null) {
      return null;
    }
    Path file = folder.resolve(key + ".o");
    try {
      PosixFileAttributes found = attributes(file);
      if (!found.isRegularFile()
          || !found.owner().equals(user)
          || !found.permissions().equals(FILE)
          || found.size() > MAX_BYTES) {
        return null;
      }
      byte[] content = Files.readAllBytes(file);
      if (content.length < CHECKSUM_BYTES) {
        return null;
      }
      byte[] object = Arrays.copyOfRange(content, CHECKSUM_BYTES, content.length);
      byte[] checksum = Arrays.copyOf(content, CHECKSUM_BYTES);
      if (!MessageDigest.isEqual(checksum, checksum(key, object))) {
        return null;
      }
      touch(file);
      return object;
    } catch (IOException e) {
      return null;
    }
  }

  /** Marks a file as used now. */
  private static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // Another process has deleted it; what was read of it is good.
    }
  }

  private void write(String key, byte[] object) {
    if (folder == null) {
      return;
    }
    try {
      Path temporary = Files.createTempFile(folder, key, ".tmp", attribute(FILE));
      try {
        byte[] content = Arrays.copyOf(checksum(key, object), CHECKSUM_BYTES + object.length);
        System.arraycopy(object, 0, content, CHECKSUM_BYTES, object.length);
        Files.write(temporary, content);
        Files.move(temporary, folder.resolve(key + ".o"), StandardCopyOption.ATOMIC_MOVE);
        if (untilLook.addAndGet(-content.length) < 0) {
          untilLook.set(limit / LOOK_EVERY);
          evict();
        }
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      LOG.debug("A compiled kernel could not be kept in {}", folder, e);
    }
  }

  private record Kept(Path path, long bytes, FileTime used) {}

  /** Deletes the files used longest ago, also what dead processes left, if all are too many. */
  private void evict() throws IOException {
    List<Kept> files = new ArrayList<>();
    long total = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path path : all) {
        // The user may have chosen a folder that holds other things.
        if (OURS.matcher(path.getFileName().toString()).matches()) {
          try {
            PosixFileAttributes found = attributes(path);
            files.add(new Kept(path, found.size(), found.lastModifiedTime()));
            total += found.size();
          } catch (NoSuchFileException e) {
            // Another process deleted it.
          }
        }
      }
    }
    if (total <= limit) {
      return;
    }
    files.sort(Comparator.comparing(Kept::used));
    for (Kept file : files) {
      if (total <= limit / 4 * LEAVE_QUARTERS) {
        break;
      }
      Files.deleteIfExists(file.path);
      total -= file.bytes;
    }
  }

  private static byte[] checksum(String key, byte[] object) {
    MessageDigest digest = sha256();
    digest.update(key.getBytes(StandardCharsets.UTF_8));
    return digest.digest(object);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static PosixFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static FileAttribute<Set<PosixFilePermission>> attribute(Set<PosixFilePermission> set) {
    return PosixFilePermissions.asFileAttribute(set);
  }
}
