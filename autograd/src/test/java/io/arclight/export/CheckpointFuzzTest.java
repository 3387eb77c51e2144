package io.arclight.export;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.OutOfMemoryException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is changed in a file: a typed error, or what was there before where the change is of no
 * meaning, in bounded memory and time. {@code -Darclight.test.seed} and {@code .rounds} widen it.
 */
@Timeout(120)
class CheckpointFuzzTest {
  private static final int ROUNDS = Integer.getInteger("arclight.test.rounds", 10_000);
  private static final long LIMIT = 64 << 20;
  private static final List<String> ORIGINALS =
      List.of("checkpoint.pt", "deflated.pt", "bigendian.pt", "protocol5.pt");

  @TempDir Path folder;
  private final Random random = new Random(Long.getLong("arclight.test.seed", 17));
  private long limit;

  @BeforeEach
  void bound() {
    limit = Memory.limit();
    Memory.limit(Memory.liveBytes() + LIMIT);
  }

  @AfterEach
  void unbound() {
    Memory.limit(limit);
  }

  private final Map<String, byte[]> resources = new HashMap<>();

  private byte[] resource(String name) throws IOException {
    if (!resources.containsKey(name)) {
      resources.put(name, read(name));
    }
    return resources.get(name);
  }

  private static byte[] read(String name) throws IOException {
    try (InputStream in = CheckpointFuzzTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private byte[] mutate(byte[] bytes) {
    byte[] out = bytes.clone();
    switch (random.nextInt(6)) {
      case 0 -> out = Arrays.copyOf(out, random.nextInt(out.length));
      case 1 -> {
        int from = random.nextInt(out.length);
        int to = random.nextInt(out.length);
        int count = Math.min(random.nextInt(64), out.length - Math.max(from, to));
        System.arraycopy(bytes, from, out, to, count);
      }
      case 2 -> {
        int at = random.nextInt(out.length);
        int count = Math.min(1 + random.nextInt(4), out.length - at);
        System.arraycopy(bytes, at + count, out, at, out.length - at - count);
        out = Arrays.copyOf(out, out.length - count);
      }
      case 3 -> {
        int at = random.nextInt(out.length - 4);
        int value = new int[] {0, -1, Integer.MAX_VALUE, 1 << 20}[random.nextInt(4)];
        for (int i = 0; i < 4; i++) {
          out[at + i] = (byte) (value >> (8 * i));
        }
      }
      default -> {
        for (int i = random.nextInt(3); i >= 0; i--) {
          out[random.nextInt(out.length)] = (byte) random.nextInt();
        }
      }
    }
    return out;
  }

  /** A text that is equal for equal trees, contents of tensors included. */
  private static void describe(Object node, StringBuilder out) {
    if (node instanceof Map<?, ?> map) {
      map.forEach(
          (key, value) -> {
            out.append(key).append('=');
            describe(value, out);
          });
    } else if (node instanceof Collection<?> items) {
      out.append(items.getClass().getSimpleName());
      items.forEach(item -> describe(item, out));
    } else if (node instanceof Tensor tensor) {
      out.append(tensor.dtype()).append(tensor.shape()).append(tensor.requiresGrad());
      out.append(Arrays.toString(tensor.strides()));
      out.append(Arrays.toString(tensor.detach().toDoubles()));
    } else if (node instanceof byte[] bytes) {
      out.append(Arrays.toString(bytes));
    } else {
      out.append(node).append(';');
    }
  }

  private static String describe(Object node) {
    StringBuilder out = new StringBuilder();
    describe(node, out);
    return out.toString();
  }

  /** Mostly small files: the seed of a round chooses. */
  private static String chosen(int round) {
    String[] small = {"deflated.pt", "bigendian.pt", "protocol5.pt"};
    return round % 200 == 0 ? "checkpoint.pt" : small[round % small.length];
  }

  private Path write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    // Not emptied before: some file systems then wait for the disk.
    try (FileChannel channel = FileChannel.open(file, CREATE, WRITE)) {
      channel.write(ByteBuffer.wrap(bytes));
      channel.truncate(bytes.length);
    }
    return file;
  }

  @Test
  void checkpoints() throws IOException {
    Map<String, String> expected = new HashMap<>();
    int refused = 0;
    long before = 0;
    for (int round = -ORIGINALS.size(); round < ROUNDS; round++) {
      String name = round < 0 ? ORIGINALS.get(-round - 1) : chosen(round);
      byte[] original = resource(name);
      Path file = write(name, round < 0 ? original : mutate(original));
      try (Scope scope = Scope.open()) {
        String read = describe(TorchFile.load(file).root());
        String known = expected.putIfAbsent(name, read);
        assertThat(read).as("round %d", round).isEqualTo(known == null ? read : known);
      } catch (MalformedFileException e) {
        assertThat(round).isNotNegative();
        assertThat(e).hasMessageStartingWith(file.toString());
        refused++;
      }
      before = round < 0 ? Memory.liveBytes() : before;
    }
    assertThat(Memory.liveBytes()).isEqualTo(before);
    assertThat(refused).isBetween(ROUNDS / 4, ROUNDS - 1);
  }

  /** Changes in the pickle itself, which a checksum would hide: other values, or typed errors. */
  @Test
  void pickles() throws IOException {
    Map<String, TorchArchive> archives = new HashMap<>();
    for (String name : ORIGINALS) {
      archives.put(name, TorchArchive.open(write(name, resource(name)), name));
    }
    int refused = 0;
    long before = 0;
    for (int round = -1; round < ROUNDS; round++) {
      String name = chosen(Math.max(round, 0));
      byte[] original = archives.get(name).pickle();
      byte[] bytes = round < 0 ? original : mutate(original);
      try (Scope scope = Scope.open();
          TorchStorages storages = new TorchStorages(archives.get(name))) {
        Object root = Unpickler.read(bytes, name + ": data.pkl", storages);
        StateDicts.forEachTensor(root, t -> readAll(t));
      } catch (MalformedFileException e) {
        assertThat(e).hasMessageStartingWith(name);
        refused++;
      }
      before = round < 0 ? Memory.liveBytes() : before;
    }
    for (TorchArchive archive : archives.values()) {
      archive.close();
    }
    assertThat(Memory.liveBytes()).isEqualTo(before);
    assertThat(refused).isBetween(ROUNDS / 4, ROUNDS - 1);
  }

  private static void readAll(Tensor tensor) {
    if (tensor.elements() < 1000) {
      assertThat(tensor.detach().toDoubles()).isNotNull();
    }
  }

  /** A safetensors file has no checksum: what is read has the announced shapes. */
  @Test
  void safetensors() throws IOException {
    byte[] original;
    try (Scope scope = Scope.open()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Map<String, Tensor> tensors =
          Map.of(
              "x", Tensor.of(1f, 2f),
              "flags", Tensor.of(true, false),
              "yy", Tensor.of(new long[6], Shape.of(2, 3)));
      SafeTensors.write(out, tensors, Map.of("format", "pt"));
      original = out.toByteArray();
    }
    long before = Memory.liveBytes();
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = mutate(original);
      try (Scope scope = Scope.open()) {
        SafeTensors read = SafeTensors.read(new ByteArrayInputStream(bytes), "x.safetensors");
        for (Tensor tensor : read.tensors().values()) {
          assertThat((long) tensor.toDoubles().length)
              .isEqualTo(tensor.elements() * (tensor.dtype().isComplex() ? 2 : 1));
        }
      } catch (MalformedFileException e) {
        assertThat(e).hasMessageStartingWith("x.safetensors");
        refused++;
      } catch (OutOfMemoryException e) {
        refused++; // of a stream, whose length is not known
      }
    }
    assertThat(Memory.liveBytes()).isEqualTo(before);
    assertThat(refused).isBetween(ROUNDS / 4, ROUNDS - 1);
  }
}
