package io.arclight.datasource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
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

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class UnpackedFilesTest {
  private final UnpackedFiles files = new UnpackedFiles(1000);
  private final AtomicInteger unpacked = new AtomicInteger();

  private static IdxFile file(String path, long time, int bytes) {
    return new IdxFile(path, 99, time, IdxFile.Kind.LABELS, bytes, 1, 1);
  }

  private byte[] get(IdxFile file) throws IOException {
    return files.get(
        file,
        () -> {
          unpacked.incrementAndGet();
          return new byte[(int) file.bytes()];
        });
  }

  @Test
  void unpacksAVersionOnceForAllThatWantItAtOnce() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      Callable<byte[]> read = () -> get(file("a", 1, 600));
      List<Future<byte[]>> all = pool.invokeAll(Stream.generate(() -> read).limit(16).toList());
      for (Future<byte[]> one : all) {
        assertThat(one.get()).isSameAs(all.get(0).get());
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(unpacked).hasValue(1);
    get(file("a", 2, 600));
    assertThat(unpacked).as("another version").hasValue(2);
  }

  @Test
  void thoseThatWereNotUsedForLongestMakeRoom() throws IOException {
    get(file("a", 1, 400));
    get(file("b", 1, 400));
    get(file("a", 1, 400));
    get(file("c", 1, 400));
    assertThat(unpacked).hasValue(3);
    get(file("a", 1, 400));
    assertThat(unpacked).as("a stayed").hasValue(3);
    get(file("b", 1, 400));
    assertThat(unpacked).as("b went").hasValue(4);
    assertThat(files.fits(file("d", 1, 1001))).isFalse();
  }

  @Test
  void afterAFailureTheNextOneTriesAgain() throws IOException {
    IdxFile file = file("a", 1, 10);
    IOException broken = new IOException("broken");
    assertThatThrownBy(
            () ->
                files.get(
                    file,
                    () -> {
                      throw broken;
                    }))
        .isSameAs(broken);
    assertThat(get(file)).hasSize(10);
  }
}
