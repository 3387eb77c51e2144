package io.arclight.data.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts tokens and makes a {@link Vocab} of them: special ones first, then by frequency. */
public final class VocabBuilder {
  private final Vocab.Unit unit;
  private final Map<String, Long> counts = new HashMap<>();
  private final Set<String> specials = new LinkedHashSet<>();
  private String unknown;
  private String padding;
  private long minFrequency = 1;
  private long maxTokens = Long.MAX_VALUE;

  VocabBuilder(Vocab.Unit unit) {
    this.unit = unit;
  }

  /** A special token that stands for all that are left out. */
  public VocabBuilder unknown(String token) {
    unknown = token;
    return special(token);
  }

  /** A special token that fills up shorter texts. */
  public VocabBuilder padding(String token) {
    padding = token;
    return special(token);
  }

  /** Tokens that have the first ids, such as a beginning and an end, in this order. */
  public VocabBuilder special(String... tokens) {
    specials.addAll(List.of(tokens));
    return this;
  }

  /** Leaves out what occurs fewer times; 1 unless said. */
  public VocabBuilder minFrequency(long times) {
    if (times < 1) {
      throw new IllegalArgumentException("Vocab: minFrequency must be positive, not " + times);
    }
    minFrequency = times;
    return this;
  }

  /** Keeps the most frequent only, {@code count} tokens with the special ones. */
  public VocabBuilder maxTokens(long count) {
    if (count < 1) {
      throw new IllegalArgumentException("Vocab: maxTokens must be positive, not " + count);
    }
    maxTokens = count;
    return this;
  }

  /** Counts the tokens of a text. */
  public VocabBuilder add(String text) {
    return addTokens(unit.split(text));
  }

  /** Counts the tokens of texts. */
  public VocabBuilder add(Iterable<String> texts) {
    texts.forEach(this::add);
    return this;
  }

  /** Counts tokens. */
  public VocabBuilder addTokens(Iterable<String> tokens) {
    tokens.forEach(token -> counts.merge(token, 1L, Long::sum));
    return this;
  }

  /**
   * The vocabulary; of tokens as frequent as each other the smaller comes first.
   *
   * @throws IllegalArgumentException if there is no room for the special tokens
   */
  public Vocab build() {
    if (specials.size() > maxTokens) {
      throw new IllegalArgumentException(
          "Vocab: maxTokens " + maxTokens + " leaves no room for the special tokens " + specials);
    }
    List<String> tokens = new ArrayList<>(specials);
    counts.entrySet().stream()
        .filter(e -> e.getValue() >= minFrequency && !specials.contains(e.getKey()))
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(maxTokens - specials.size())
        .forEach(e -> tokens.add(e.getKey()));
    return new Vocab(unit, tokens, unknown, padding);
  }
}
