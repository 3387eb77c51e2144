package io.arclight.data.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.export.HuggingFaceFolder;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Python's library gives, by {@code it/oracle/huggingface.py}. */
@Timeout(60)
class TokenizerTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Path file(String name) throws Exception {
    return Path.of(TokenizerTest.class.getResource(name).toURI());
  }

  private static JsonNode expected(String name) throws Exception {
    return new ObjectMapper().readTree(file("expected.json").toFile()).get(name);
  }

  private static Tokenizer load(String name) throws Exception {
    return Tokenizer.load(file(name + ".json"));
  }

  private static List<String> texts(JsonNode array) {
    List<String> out = new ArrayList<>();
    array.forEach(text -> out.add(text.asText()));
    return out;
  }

  private static long[] longs(JsonNode array) {
    return IntStream.range(0, array.size()).mapToLong(i -> array.get(i).asLong()).toArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"wordpiece", "bytelevel"})
  void encodesAndDecodesAsPython(String name) throws Exception {
    JsonNode expected = expected(name);
    List<String> texts = texts(expected.get("texts"));
    try (Tokenizer special = load(name);
        Tokenizer plain = load(name).noSpecialTokens()) {
      assertThat(special.vocabularySize()).isEqualTo(expected.get("vocabulary").asInt());
      for (int i = 0; i < texts.size(); i++) {
        same(special.encode(texts.get(i)), expected.get("special").get(i));
        same(plain.encode(texts.get(i)), expected.get("plain").get(i));
        Encoding pair = special.encode(texts.get(i), texts.get(texts.size() - 1 - i));
        assertThat(pair.ids()).containsExactly(longs(expected.get("pairs").get(i).get("ids")));
        assertThat(pair.typeIds())
            .containsExactly(longs(expected.get("pairs").get(i).get("types")));
        long[] ids = special.encode(texts.get(i)).ids();
        assertThat(special.decode(ids)).isEqualTo(expected.get("decoded").get(i).asText());
        assertThat(special.decodeWithSpecialTokens(ids))
            .isEqualTo(expected.get("decodedAll").get(i).asText());
      }
    }
  }

  private static void same(Encoding actual, JsonNode expected) {
    assertThat(actual.ids()).containsExactly(longs(expected.get("ids")));
    assertThat(actual.tokens()).isEqualTo(texts(expected.get("tokens")));
    assertThat(actual.typeIds()).containsExactly(longs(expected.get("types")));
    assertThat(actual.specialTokensMask()).containsExactly(longs(expected.get("specials")));
  }

  private static void same(TokenBatch actual, JsonNode rows) {
    long length = rows.get(0).get("ids").size();
    assertThat(actual.inputIds().shape()).isEqualTo(Shape.of(rows.size(), length));
    for (int i = 0; i < rows.size(); i++) {
      assertThat(actual.inputIds().select(0, i).toLongs())
          .containsExactly(longs(rows.get(i).get("ids")));
      assertThat(actual.attentionMask().select(0, i).toLongs())
          .containsExactly(longs(rows.get(i).get("mask")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"wordpiece", "bytelevel"})
  void batchesAsPython(String name) throws Exception {
    JsonNode expected = expected(name);
    List<String> texts = texts(expected.get("texts"));
    String pad = name.equals("wordpiece") ? "[PAD]" : "<|endoftext|>";
    try (Tokenizer longest = load(name).padToken(pad).maxLength(8);
        Tokenizer fixed = load(name).padToken(pad).maxLength(8).padToMaxLength()) {
      assertThat(longest.tokenToId(pad)).isEqualTo(expected.get("pad").asInt());
      same(longest.batch(texts), expected.get("longest"));
      same(fixed.batch(texts.subList(0, 3)), expected.get("fixed"));
      TokenBatch none = fixed.batch(List.of());
      assertThat(none.inputIds().shape()).isEqualTo(Shape.of(0, 8));
      TokenBatch pairs = longest.batch(List.of("the fox", "a"), List.of("hello world", "b"));
      assertThat(pairs.tokenTypeIds().shape()).isEqualTo(pairs.inputIds().shape());
    }
  }

  @Test
  void padsOnTheLeft() throws Exception {
    try (Tokenizer right = load("wordpiece");
        Tokenizer left = load("wordpiece").padLeft()) {
      List<String> texts = List.of("hello", "the quick brown fox");
      TokenBatch a = right.batch(texts);
      TokenBatch b = left.batch(texts);
      long length = a.inputIds().dim(1);
      int tokens = right.encode("hello").ids().length;
      assertThat(b.inputIds().select(0, 0).narrow(0, length - tokens, tokens).toLongs())
          .isEqualTo(right.encode("hello").ids());
      assertThat(b.inputIds().select(0, 0).toLongs()[0]).isEqualTo(left.tokenToId("[PAD]"));
      assertThat(b.attentionMask().select(0, 0).toLongs()[0]).isZero();
      assertThat(b.inputIds().select(0, 1).toLongs())
          .isEqualTo(a.inputIds().select(0, 1).toLongs());
      assertThat(right.decode(a.inputIds())).isEqualTo(left.decode(b.inputIds()));
    }
  }

  @Test
  void besideAModel(@TempDir Path folder) throws Exception {
    assertThatThrownBy(() -> HuggingFaceFolder.at(folder).tokenizer())
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("tokenizer.json");
    Files.copy(file("bytelevel.json"), folder.resolve("tokenizer.json"));
    List<String> texts = List.of("a", "longer");
    try (Tokenizer tokenizer = HuggingFaceFolder.at(folder).tokenizer()) {
      assertThatThrownBy(() -> tokenizer.batch(texts))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("padToken(");
    }
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"pad_token\": {\"content\": \"<|endoftext|>\", \"lstrip\": false}}");
    try (Tokenizer tokenizer = HuggingFaceFolder.at(folder).tokenizer()) {
      assertThat(tokenizer.batch(texts).attentionMask().toLongs()).contains(0);
    }
  }

  @Test
  void threadsShareIt() throws Exception {
    try (Tokenizer tokenizer = load("wordpiece")) {
      long[] ids = tokenizer.encode("the quick brown fox").ids();
      assertThat(
              IntStream.range(0, 500)
                  .parallel()
                  .mapToObj(i -> tokenizer.encode("the quick brown fox").ids()))
          .allSatisfy(other -> assertThat(other).isEqualTo(ids));
    }
  }

  @Test
  void namesTheArtifactWhereItIsMissing() throws Exception {
    List<URL> without = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!entry.contains("djl")) {
        without.add(Path.of(entry).toUri().toURL());
      }
    }
    ClassLoader none = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader loader = new URLClassLoader(without.toArray(URL[]::new), none)) {
      Class<?> type = loader.loadClass(Tokenizer.class.getName());
      assertThat(type).isNotEqualTo(Tokenizer.class);
      assertThatThrownBy(
              () -> type.getMethod("load", Path.class).invoke(null, file("wordpiece.json")))
          .cause()
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("--packages ai.djl.huggingface:tokenizers:0.38.0");
    }
  }

  @Test
  void errors(@TempDir Path folder) throws Exception {
    Path bad = folder.resolve("bad.json");
    for (String text : List.of("", "{", "{}", "[1]", "{\"model\": {\"type\": \"BPE\"}}")) {
      Files.writeString(bad, text);
      assertThatThrownBy(() -> Tokenizer.load(bad))
          .isInstanceOf(MalformedFileException.class)
          .hasMessageContainingAll(bad.toString(), "no tokenizer");
    }
    assertThatThrownBy(() -> Tokenizer.load(folder.resolve("none.json")))
        .isInstanceOf(IOException.class);
    Tokenizer tokenizer = load("wordpiece");
    assertThatThrownBy(() -> tokenizer.maxLength(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no room for text beside 2 added tokens");
    assertThatThrownBy(() -> load("wordpiece").maxLength(3).encode("a", "b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pair beside 3");
    assertThatThrownBy(() -> tokenizer.padToken("<none>"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("'<none>' is none of the");
    assertThatThrownBy(() -> tokenizer.encode(null)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> tokenizer.batch(Collections.singletonList(null)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> tokenizer.decode(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(tokenizer.decode(1_000_000)).isEmpty();
    assertThatThrownBy(() -> tokenizer.decode(Tensor.of(1L))).isInstanceOf(ShapeException.class);
    assertThatThrownBy(() -> tokenizer.decode(Tensor.zeros(Shape.of(1, 1))))
        .isInstanceOf(DTypeException.class);
    assertThatThrownBy(() -> load("wordpiece").padToMaxLength().batch(List.of("a")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("maxLength(n)");
    assertThatThrownBy(() -> tokenizer.batch(List.of("a"), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(System.getProperty("RUST_FLAVOR")).isNull();
  }
}
