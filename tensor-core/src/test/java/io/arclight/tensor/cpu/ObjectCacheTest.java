package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class ObjectCacheTest {
  private static final String KEY = "0123abcd";
  private final AtomicInteger compiled = new AtomicInteger();
  @TempDir Path temporary;

  private byte[] ask(ObjectCache cache, String key) {
    return cache.computeIfAbsent(
        key,
        () -> {
          compiled.incrementAndGet();
          return new byte[] {1, 2, 3};
        });
  }

  private ObjectCache open() {
    return ObjectCache.open(List.of(temporary.resolve("a/kernels")));
  }

  private Path file() {
    return temporary.resolve("a/kernels").resolve(KEY + ".o");
  }

  private void permissions(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void keepsObjectsForTheNextProcess() throws IOException {
    assertThat(ask(open(), KEY)).containsExactly(1, 2, 3);
    assertThat(ask(open(), KEY)).containsExactly(1, 2, 3);
    assertThat(compiled).hasValue(1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file().getParent())))
        .isEqualTo("rwx------");
    try (var files = Files.list(file().getParent())) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void replacesWhatIsDamagedOrShortOrOfAnotherKey() throws IOException {
    ask(open(), KEY);
    byte[] good = Files.readAllBytes(file());
    byte[] damaged = good.clone();
    damaged[good.length - 1] ^= 1;
    ask(open(), "other");
    byte[] other = Files.readAllBytes(file().resolveSibling("other.o"));
    for (byte[] content : List.of(damaged, new byte[5], new byte[0], other)) {
      compiled.set(0);
      Files.write(file(), content);
      assertThat(ask(open(), KEY)).containsExactly(1, 2, 3);
      assertThat(compiled).hasValue(1);
      assertThat(Files.readAllBytes(file())).isEqualTo(good);
    }
  }

  @Test
  void ignoresFilesThatOthersMayWrite() throws IOException {
    ask(open(), KEY);
    permissions(file(), "rw-rw-rw-");
    ask(open(), KEY);
    assertThat(compiled).hasValue(2);
    ask(open(), KEY);
    assertThat(compiled).as("replaced by a file of our own").hasValue(2);
  }

  @Test
  void ignoresFoldersThatOthersMayRead() throws IOException {
    ask(open(), KEY);
    permissions(file().getParent(), "rwxr-xr-x");
    ask(open(), KEY);
    ask(open(), KEY);
    assertThat(compiled).hasValue(3);
  }

  @Test
  void ignoresLinks() throws IOException {
    Path real = Files.createDirectory(temporary.resolve("real"));
    permissions(real, "rwx------");
    Path link = Files.createSymbolicLink(temporary.resolve("link"), real);
    ask(ObjectCache.open(List.of(link)), KEY);
    ask(ObjectCache.open(List.of(link)), KEY);
    assertThat(compiled).hasValue(2);
  }

  @Test
  void takesTheNextFolderWhereOneCannotBeMade() throws IOException {
    Path blocked = Files.writeString(temporary.resolve("file"), "");
    List<Path> folders = List.of(blocked.resolve("kernels"), temporary.resolve("second"));
    ask(ObjectCache.open(folders), KEY);
    ask(ObjectCache.open(folders), KEY);
    assertThat(compiled).hasValue(1);
    assertThat(ask(ObjectCache.open(List.of(blocked.resolve("kernels"))), KEY)).hasSize(3);
  }
}
