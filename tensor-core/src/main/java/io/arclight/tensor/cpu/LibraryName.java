package io.arclight.tensor.cpu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacpp.Loader;

/**
 * The name that a native library bears inside. The dynamic loader takes two libraries of one name
 * for one: code that wants the system's gets ours, of another version, and kills the JVM.
 */
final class LibraryName {
  /** The table of names lies before the code. */
  private static final int HEAD = 4 << 20;

  private LibraryName() {}

  /**
   * Changes the name in JavaCPP's copy of a resource, before it is loaded from there; does nothing
   * where it is changed already.
   *
   * @param cached the name that JavaCPP gives the file
   * @param to as long as {@code from}
   * @return the copy, or null where the resource is not for this platform
   */
  static File change(URL resource, String cached, String from, String to) throws IOException {
    if (resource == null) {
      return null;
    }
    File file = Loader.cacheResource(new URL(resource + "#" + cached));
    int at;
    try (InputStream in = Files.newInputStream(file.toPath())) {
      at = indexOf(in.readNBytes(HEAD), bytes(from));
    }
    if (at >= 0) {
      replace(file.toPath(), at, bytes(to));
    }
    return file;
  }

  /** A process that has the old file keeps it; JavaCPP knows the new one by its size and time. */
  private static void replace(Path file, int at, byte[] name) throws IOException {
    Path changed = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".tmp");
    try {
      Files.copy(
          file, changed, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
      try (FileChannel channel = FileChannel.open(changed, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(name), at);
      }
      Files.setLastModifiedTime(changed, Files.getLastModifiedTime(file));
      Files.move(changed, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(changed);
    }
  }

  private static byte[] bytes(String name) {
    return (name + '\0').getBytes(StandardCharsets.US_ASCII);
  }

  private static int indexOf(byte[] text, byte[] word) {
    for (int i = 0; i + word.length <= text.length; i++) {
      int k = 0;
      while (k < word.length && text[i + k] == word[k]) {
        k++;
      }
      if (k == word.length) {
        return i;
      }
    }
    return -1;
  }
}
