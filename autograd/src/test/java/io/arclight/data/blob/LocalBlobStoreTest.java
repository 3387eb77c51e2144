package io.arclight.data.blob;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class LocalBlobStoreTest {
  @TempDir Path folder;

  private BlobStore store;

  @BeforeEach
  void open() {
    store = LocalBlobStore.at(folder.resolve("store"));
  }

  @Test
  void putReplacesAndListsByName() throws IOException {
    store.put("data/b", text("first"));
    store.put("data/b", text("second"));
    store.put("data/deep/a", text("x"));

    assertThat(read("data/b")).isEqualTo("second");
    assertThat(store.list("data"))
        .containsExactly(new Blob("data/b", 6), new Blob("data/deep/a", 1));
    assertThat(store.list("absent")).isEmpty();
  }

  @Test
  void failedPutLeavesNothingAndKeepsTheOldBlob() throws IOException {
    store.put("data/a", text("old"));
    BlobContent failing =
        out -> {
          out.write(new byte[100_000]);
          throw new IOException("disk on fire");
        };

    assertThatThrownBy(() -> store.put("data/a", failing)).hasMessage("disk on fire");
    assertThatThrownBy(() -> store.put("data/new", failing)).hasMessage("disk on fire");

    assertThat(read("data/a")).isEqualTo("old");
    try (var files = Files.list(folder.resolve("store/data"))) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void createHasOneWinnerAmongThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Boolean>> claims =
          IntStream.range(0, 8).mapToObj(i -> threads.submit(() -> claims("claim", i))).toList();
      int winners = 0;
      for (Future<Boolean> claim : claims) {
        winners += claim.get() ? 1 : 0;
      }
      assertThat(winners).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
    assertThat(store.list("claim")).isEmpty();
    assertThat(read("claim")).hasSize(1);
  }

  @Test
  void deletesBlobsAndFoldersAndForgivesAbsence() throws IOException {
    store.put("data/a", text("x"));
    store.put("data/deep/b", text("x"));

    store.delete("data");
    store.delete("data");

    assertThat(store.list("data")).isEmpty();
    assertThatThrownBy(() -> store.open("data/a")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void refusesNamesThatLeaveTheStoreOrHide() {
    for (String name : List.of("../x", "/x", "a//b", "", ".hidden", "a/./b")) {
      assertThatThrownBy(() -> store.put(name, text("x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + name + "' is no name of a blob");
    }
  }

  @Test
  void travelsAsAValue() throws Exception {
    store.put("a", text("here"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(store);
    }

    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      store = (BlobStore) in.readObject();
    }

    assertThat(read("a")).isEqualTo("here");
  }

  private boolean claims(String name, int who) throws IOException {
    try {
      store.create(name, new byte[] {(byte) ('0' + who)});
      return true;
    } catch (FileAlreadyExistsException taken) {
      return false;
    }
  }

  private String read(String name) throws IOException {
    try (InputStream in = store.open(name)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static BlobContent text(String text) {
    return out -> out.write(text.getBytes(UTF_8));
  }
}
