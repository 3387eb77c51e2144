package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
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
    return open(temporary.resolve("a/kernels"));
  }

  private static ObjectCache open(Path... folders) {
    return ObjectCache.open(List.of(folders), 1 << 20);
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
    ask(open(link), KEY);
    ask(open(link), KEY);
    assertThat(compiled).hasValue(2);
  }

  @Test
  void takesTheNextFolderWhereOneCannotBeMade() throws IOException {
    Path blocked = Files.writeString(temporary.resolve("file"), "");
    Path[] folders = {blocked.resolve("kernels"), temporary.resolve("second")};
    ask(open(folders), KEY);
    ask(open(folders), KEY);
    assertThat(compiled).hasValue(1);
    assertThat(ask(open(blocked.resolve("kernels")), KEY)).hasSize(3);
  }

  private static String key(int number) {
    return "%064x".formatted(number);
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(file().getParent())) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void deletesWhatWasUsedLongestAgo() throws IOException {
    Path folder = temporary.resolve("a/kernels");
    ask(open(), KEY); // makes the folder, and is no name of ours
    Path foreign = Files.write(folder.resolve("program.o"), new byte[10_000]);
    Path left = Files.write(folder.resolve(key(99) + "123.tmp"), new byte[10]);
    Files.setLastModifiedTime(left, FileTime.fromMillis(0));
    for (int i = 0; i < 20; i++) {
      ask(open(), key(i));
      // As old as its number is small.
      Files.setLastModifiedTime(folder.resolve(key(i) + ".o"), FileTime.fromMillis(1000 + i));
    }
    ask(open(), key(0)); // read, so it is the newest
    long each = 32 + 3;
    ObjectCache small = ObjectCache.open(List.of(folder), 10 * each);
    ask(small, key(30));
    // Three quarters of the limit are seven files: the last read, the new one, the highest numbers.
    assertThat(names())
        .containsExactlyElementsOf(
            Stream.of(
                    Stream.of(0, 15, 16, 17, 18, 19, 30).map(i -> key(i) + ".o"),
                    Stream.of(KEY + ".o", foreign.getFileName().toString()))
                .flatMap(s -> s)
                .sorted()
                .toList());
  }

  @Test
  void processesThatDeleteTogetherKeepWorking() throws Exception {
    Path folder = temporary.resolve("a/kernels");
    List<Callable<Void>> processes =
        Collections.nCopies(
            4,
            () -> {
              ObjectCache cache = ObjectCache.open(List.of(folder), 20 * 35);
              for (int i = 0; i < 300; i++) {
                assertThat(ask(cache, key(i % 50))).containsExactly(1, 2, 3);
              }
              return null;
            });
    ExecutorService threads = Executors.newFixedThreadPool(processes.size());
    try {
      for (Future<Void> process : threads.invokeAll(processes)) {
        process.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(names()).hasSizeBetween(1, 30).allMatch(name -> name.endsWith(".o"));
  }
}
