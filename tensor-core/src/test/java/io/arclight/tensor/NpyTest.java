package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** NumPy's files, among them ones that NumPy wrote; see {@code it/oracle/npy.py}. */
@Timeout(60)
class NpyTest {
  @TempDir Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private Path numpy(String name) throws IOException {
    Path out = folder.resolve(name);
    try (InputStream in = NpyTest.class.getResourceAsStream("npy/" + name)) {
      Files.write(out, in.readAllBytes());
    }
    return out;
  }

  @ParameterizedTest
  @CsvSource({
    "c_f4,FLOAT32",
    "c_f8,FLOAT64",
    "c_f2,FLOAT16",
    "c_i8,INT64",
    "c_i4,INT32",
    "c_i2,INT16",
    "c_i1,INT8",
    "c_u1,UINT8",
    "c_f4_big,FLOAT32",
    "c_i8_big,INT64",
    "c_i2_big,INT16",
    "fortran,FLOAT32",
    "version2,FLOAT32",
    "version3,FLOAT32"
  })
  void readsWhatNumpyWrites(String name, DType dtype) throws IOException {
    Tensor t = Npy.read(numpy(name + ".npy"));
    assertThat(t.dtype()).isEqualTo(dtype);
    assertThat(t.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(t.toDoubles()).containsExactly(0, 1, 2, 3, 4, 5);
  }

  @Test
  void readsBooleansNumbersAndNothing() throws IOException {
    assertThat(Npy.read(numpy("c_b1.npy")).toBooleans())
        .containsExactly(false, true, true, true, true, true);
    assertThat(Npy.read(numpy("number.npy")).item()).isEqualTo(2.5);
    assertThat(Npy.read(numpy("empty.npy")).shape()).isEqualTo(Shape.of(0, 3));
  }

  @Test
  void readsArchives() throws IOException {
    Map<String, Tensor> stored = Npy.readAll(numpy("stored.npz"));
    assertThat(stored).containsOnlyKeys("a", "b");
    assertThat(stored.get("b").toBooleans()).containsExactly(true, false);
    assertThat(Npy.readAll(numpy("compressed.npz")).get("a").toLongs())
        .containsExactly(0, 1, 2, 3, 4, 5);
  }

  @Test
  void everyDTypeComesBack() throws IOException {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      Tensor t = Tensor.arange(6).reshape(2, 3).to(dtype);
      if (dtype == DType.BFLOAT16) {
        assertThatThrownBy(() -> Npy.write(folder.resolve("x.npy"), t))
            .isInstanceOf(DTypeException.class)
            .hasMessageContaining("to(FLOAT32)");
        continue;
      }
      Path file = folder.resolve(dtype + ".npy");
      Npy.write(file, t.t());
      same(Npy.read(file), t.t());
      all.put(dtype.toString(), t);
    }
    Path archive = folder.resolve("all.npz");
    Npy.writeAll(archive, all);
    Map<String, Tensor> back = Npy.readAll(archive);
    assertThat(back.keySet()).containsExactlyElementsOf(all.keySet());
    back.forEach((name, t) -> same(t, all.get(name)));
    Npy.write(archive, Tensor.scalar(3L));
    assertThat(Npy.read(archive).itemLong()).isEqualTo(3);
  }

  private static void same(Tensor actual, Tensor expected) {
    assertThat(actual.dtype()).isEqualTo(expected.dtype());
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.toDoubles()).isEqualTo(expected.toDoubles());
  }

  /** The very bytes that NumPy writes. */
  @Test
  void writesAsNumpyDoes() throws IOException {
    Path file = folder.resolve("mine.npy");
    Npy.write(file, Npy.read(numpy("c_f4.npy")));
    assertThat(Files.readAllBytes(file)).isEqualTo(Files.readAllBytes(numpy("c_f4.npy")));
  }

  @ParameterizedTest
  @CsvSource({
    "object,Python objects are never read",
    "record,several fields have no equal",
    "text,have no equal here"
  })
  void refusesOtherTypes(String name, String text) throws IOException {
    Path file = numpy(name + ".npy");
    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(text);
  }

  /** Cut anywhere, or with a byte changed, a file gives a tensor or a DataException. */
  @Test
  void damagedFilesDoNoHarm() throws IOException {
    byte[] good = Files.readAllBytes(numpy("c_i4.npy"));
    Path file = folder.resolve("bad.npy");
    for (int n = 0; n < good.length; n++) {
      Files.write(file, Arrays.copyOf(good, n));
      assertThatThrownBy(() -> Npy.read(file)).isInstanceOf(DataException.class);
    }
    int read = 0;
    for (int i = 0; i < 128; i++) {
      for (byte b : new byte[] {0, '9', '(', '\'', ',', (byte) 0xff}) {
        byte[] bad = good.clone();
        bad[i] = b;
        Files.write(file, bad);
        try {
          Npy.read(file);
          read++;
        } catch (DataException e) {
          assertThat(e).hasMessageContaining("bad.npy");
        }
      }
    }
    assertThat(read).isPositive();
  }

  @Test
  void hugeShapesAreNotAllocated() throws IOException {
    for (String shape : new String[] {"(99999999999,)", "(9999999999, 9999999999)"}) {
      byte[] bytes = Files.readAllBytes(numpy("c_i4.npy"));
      String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
      String bad = text.replace("(2, 3), }" + " ".repeat(shape.length() - 6), shape + ", }");
      Path file = folder.resolve("huge.npy");
      Files.write(file, bad.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
      assertThatThrownBy(() -> Npy.read(file)).isInstanceOf(DataException.class);
    }
  }

  @Test
  void archivesOfOtherThingsAreRefused() throws IOException {
    Path file = folder.resolve("other.npz");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("readme.txt"));
      out.write(1);
    }
    assertThatThrownBy(() -> Npy.readAll(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("readme.txt is not an .npy array");
    Files.write(file, new byte[] {1, 2, 3});
    assertThatThrownBy(() -> Npy.readAll(file)).isInstanceOf(DataException.class);
  }
}
