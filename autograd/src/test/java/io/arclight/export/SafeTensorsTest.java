package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.DType;
import io.arclight.tensor.OutOfMemoryException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class SafeTensorsTest {

  private static Map<String, Tensor> samples() {
    Map<String, Tensor> out = new LinkedHashMap<>();
    out.put("b", Tensor.of(true, false, true));
    out.put("wide", Tensor.of(new double[] {1, Double.NaN, -0.0}, Shape.of(3, 1)));
    out.put("long", Tensor.of(Long.MIN_VALUE, 7L));
    out.put("int", Tensor.of(1, -2));
    out.put("float", Tensor.rand(Shape.of(50, 700)));
    out.put("transposed", Tensor.rand(Shape.of(2, 3)).t());
    out.put("byte", Tensor.of(1, 255, 3).to(DType.UINT8));
    out.put("signed", Tensor.of(new byte[] {-128, 127, 0}, Shape.of(3), DType.INT8));
    out.put("short", Tensor.of((short) -32768, (short) 5));
    out.put("half", Tensor.of(new short[] {1, 0x7bff, -1024}, Shape.of(3), DType.FLOAT16));
    out.put("brain", Tensor.of(new short[] {1, 0x7f7f, -128}, Shape.of(3), DType.BFLOAT16));
    out.put("empty", Tensor.zeros(Shape.of(0, 4)));
    out.put("scalar", Tensor.scalar(2.5f));
    return out;
  }

  private static byte[] file(Map<String, Tensor> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SafeTensors.write(out, tensors, Map.of("made by", "a test, \"quoted\" ü"));
    return out.toByteArray();
  }

  private static SafeTensors read(byte[] bytes) throws IOException {
    return SafeTensors.read(new ByteArrayInputStream(bytes), "test");
  }

  @Test
  void roundTrip(@TempDir Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = samples();
      Path path = folder.resolve("x.safetensors");
      SafeTensors.write(path, tensors, Map.of("k", "v"));
      SafeTensors back = SafeTensors.read(path);
      assertThat(back.metadata()).containsExactly(Map.entry("k", "v"));
      assertThat(back.tensors().keySet()).isEqualTo(tensors.keySet());
      back.tensors()
          .forEach(
              (name, tensor) -> {
                assertThat(tensor.dtype()).isEqualTo(tensors.get(name).dtype());
                assertThat(tensor.shape()).isEqualTo(tensors.get(name).shape());
                assertThat(tensor.toDoubles()).isEqualTo(tensors.get(name).toDoubles());
              });
      assertThat(Files.size(path) % 1).isZero();
    }
  }

  @Test
  void layoutIsTheFormats() throws IOException {
    try (Scope scope = Scope.open()) {
      byte[] bytes = file(Map.of("x", Tensor.of(1f, 2f)));
      long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
      assertThat(header % 8).isZero();
      String json = new String(bytes, 8, (int) header, StandardCharsets.UTF_8);
      assertThat(json).contains("\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}");
      assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat((int) header + 12))
          .isEqualTo(2f);
      assertThat(bytes).hasSize((int) header + 16);
    }
  }

  private static byte[] raw(String json, int dataBytes) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private static String tensor(String name, String dtype, String shape, long from, long to) {
    return String.format(
        "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
        name, dtype, shape, from, to);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of(new byte[0], "too few"),
        Arguments.of(new byte[7], "too few"),
        Arguments.of(new byte[8], "not in 2 to"),
        Arguments.of(
            ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_001).array(),
            "100000001"),
        Arguments.of(
            ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN).putLong(-1).array(),
            "18446744073709551615"),
        Arguments.of(
            ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN).putLong(99).array(), "cut off"),
        Arguments.of(raw("[1]", 0), "does not begin with"),
        Arguments.of(raw("{\"a\":", 0), "no valid JSON"),
        Arguments.of(raw("{} {}", 0), "no valid JSON"),
        Arguments.of(raw("{\"a\":1}", 0), "must have exactly"),
        Arguments.of(
            raw(
                "{" + tensor("a", "F32", "[1]", 0, 4) + "," + tensor("a", "F32", "[1]", 0, 4) + "}",
                4),
            "Duplicate field 'a'"),
        Arguments.of(raw("{" + tensor("a", "F99", "[1]", 0, 4) + "}", 4), "F99"),
        Arguments.of(raw("{" + tensor("a", "F32", "[2]", 0, 4) + "}", 4), "takes 8 bytes"),
        Arguments.of(raw("{" + tensor("a", "F32", "[-1]", 0, 4) + "}", 4), "whole numbers"),
        Arguments.of(raw("{" + tensor("a", "F32", "[1.5]", 0, 4) + "}", 4), "whole numbers"),
        Arguments.of(raw("{" + tensor("a", "F32", "3", 0, 4) + "}", 4), "whole numbers"),
        Arguments.of(
            raw("{" + tensor("a", "F32", "[4294967296,4294967296]", 0, 4) + "}", 4), "too large"),
        Arguments.of(raw("{" + tensor("a", "F32", "[1]", 4, 0) + "}", 4), "begin and end"),
        Arguments.of(raw("{" + tensor("a", "F32", "[1]", 4, 8) + "}", 8), "no gap"),
        Arguments.of(
            raw(
                "{" + tensor("a", "F32", "[2]", 0, 8) + "," + tensor("b", "F32", "[1]", 4, 8) + "}",
                8),
            "no overlap"),
        Arguments.of(raw("{" + tensor("a", "F32", "[2]", 0, 8) + "}", 7), "cut off"),
        Arguments.of(raw("{" + tensor("a", "F32", "[2]", 0, 8) + "}", 9), "after the last"),
        Arguments.of(raw("{\"__metadata__\":{\"a\":1}}", 0), "is no text"),
        Arguments.of(raw("{\"__metadata__\":[]}", 0), "no object"));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refuses(byte[] bytes, String message) {
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageStartingWith("test")
        .hasMessageContaining(message);
  }

  @Test
  void everyTruncationIsNoticed(@TempDir Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      byte[] bytes = file(Map.of("x", Tensor.of(1f, 2f), "y", Tensor.of(3L)));
      Path path = folder.resolve("cut");
      for (int length = 0; length < bytes.length; length++) {
        byte[] cut = java.util.Arrays.copyOf(bytes, length);
        assertThatThrownBy(() -> read(cut)).isInstanceOf(MalformedFileException.class);
        Files.write(path, cut);
        assertThatThrownBy(() -> SafeTensors.read(path)).isInstanceOf(MalformedFileException.class);
      }
    }
  }

  /** Whatever bytes are changed: either a typed error or tensors of the announced shapes. */
  @Test
  void seededMutationsGiveTypedErrors() throws IOException {
    byte[] original;
    try (Scope scope = Scope.open()) {
      original = file(Map.of("x", Tensor.of(1f, 2f), "yy", Tensor.of(new long[6], Shape.of(2, 3))));
    }
    Memory.collect();
    long before = Memory.liveBytes();
    Random random = new Random(11);
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = original.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] =
            random.nextBoolean() ? (byte) random.nextInt() : (byte) ('0' + random.nextInt(75));
      }
      try (Scope scope = Scope.open()) {
        read(bytes);
      } catch (MalformedFileException | OutOfMemoryException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1000, 19_000);
    assertThat(Memory.liveBytes()).isEqualTo(before);
  }
}
