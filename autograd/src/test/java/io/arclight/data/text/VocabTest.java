package io.arclight.data.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class VocabTest {
  @TempDir private Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void characters() {
    Vocab vocab =
        Vocab.characters().padding("<pad>").unknown("?").add(List.of("anna", "na😀")).build();
    assertThat(vocab.tokens()).containsExactly("<pad>", "?", "a", "n", "😀");
    Tensor ids = vocab.encode("nxa😀");
    assertThat(ids.toLongs()).containsExactly(3, 1, 2, 4);
    assertThat(vocab.decode(ids)).isEqualTo("n?a😀");
    Tensor batch = vocab.encodeAll(List.of("an", "", "nan"));
    assertThat(batch.shape().toArray()).containsExactly(3, 3);
    assertThat(batch.toLongs()).containsExactly(2, 3, 0, 0, 0, 0, 3, 2, 3);
    assertThat(vocab.decode(batch.select(0, 0))).isEqualTo("an");
    assertThat(vocab.encode("").shape().toArray()).containsExactly(0);
  }

  @Test
  void wordsByFrequency() {
    VocabBuilder builder = Vocab.words().special("<s>").add("the cat and the dog\n and the bird");
    assertThat(builder.build().tokens()).containsExactly("<s>", "the", "and", "bird", "cat", "dog");
    Vocab few = builder.minFrequency(2).build();
    assertThat(few.tokens()).containsExactly("<s>", "the", "and");
    assertThat(few.decode(few.encode(List.of("<s>", "and", "the")))).isEqualTo("<s> and the");
    assertThat(builder.maxTokens(2).build().tokens()).containsExactly("<s>", "the");
    assertThat(few.unknown()).isEmpty();
    assertThat(few.contains("dog")).isFalse();
  }

  @Test
  void whatIsNotThere() {
    Vocab vocab = Vocab.words().add("a b").build();
    assertThatThrownBy(() -> vocab.encode("a c"))
        .hasMessageContaining("\"c\" is none of the 2 tokens")
        .hasMessageContaining("unknown(\"<unk>\")");
    assertThatThrownBy(() -> vocab.decode(Tensor.of(2L)))
        .hasMessageContaining("no id 2: ids are from 0 to 1");
    assertThatThrownBy(() -> vocab.decode(Tensor.of(1f)))
        .hasMessageContaining("ids must be int64 [tokens], not float32");
    assertThatThrownBy(() -> vocab.encodeAll(List.of("a", "a b")))
        .hasMessageContaining("texts of 1 and of 2 tokens need a padding token");
    assertThatThrownBy(() -> Vocab.words().special("a", "b").maxTokens(1).build())
        .hasMessageContaining("leaves no room for the special tokens [a, b]");
  }

  @Test
  void savedAndLoaded() throws IOException {
    Vocab vocab = Vocab.characters().unknown("<unk>").padding("<pad>").add("añ\"\n").build();
    vocab.save(folder.resolve("vocab.json"));
    Vocab again = Vocab.load(folder.resolve("vocab.json"));
    assertThat(again.tokens()).isEqualTo(vocab.tokens());
    assertThat(again.unknown()).contains("<unk>");
    assertThat(again.padding()).contains("<pad>");
    assertThat(again.encode("ñx").toLongs()).isEqualTo(vocab.encode("ñx").toLongs());
    assertThatThrownBy(() -> Vocab.fromJson("{")).hasMessageContaining("no valid JSON");
    assertThatThrownBy(() -> Vocab.fromJson("{\"unit\": \"WORD\"}"))
        .hasMessageContaining("expects \"tokens\"");
    assertThatThrownBy(() -> Vocab.fromJson("{\"unit\": \"WORD\", \"tokens\": [\"a\", \"a\"]}"))
        .hasMessageContaining("\"a\" is there twice");
    assertThatThrownBy(
            () -> Vocab.fromJson("{\"unit\": \"WORD\", \"tokens\": [\"a\"], \"unknown\": \"b\"}"))
        .hasMessageContaining("\"b\" is not among the tokens");
  }
}
