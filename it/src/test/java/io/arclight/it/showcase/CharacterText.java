package io.arclight.it.showcase;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** A text as numbers of its characters; the last tenth is for validation. */
final class CharacterText {
  private final char[] characters;
  private final long[] tokens;

  private CharacterText(char[] characters, long[] tokens) {
    this.characters = characters;
    this.tokens = tokens;
  }

  static CharacterText read(Path file) throws IOException {
    String text = Files.readString(file);
    int[] distinct = text.chars().distinct().sorted().toArray();
    char[] characters = new char[distinct.length];
    for (int i = 0; i < distinct.length; i++) {
      characters[i] = (char) distinct[i];
    }
    long[] tokens = new long[text.length()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = Arrays.binarySearch(characters, text.charAt(i));
    }
    return new CharacterText(characters, tokens);
  }

  int vocabulary() {
    return characters.length;
  }

  /**
   * Inputs and the tokens that follow them.
   *
   * @param x int64 [batch, length]
   * @param y int64 [batch * length]
   */
  record Pairs(Tensor x, Tensor y) {}

  /** Random pieces of the part for training. */
  Pairs training(int batch, int length, Random random) {
    int limit = tokens.length * 9 / 10 - length - 1;
    int[] starts = random.ints(batch, 0, limit).toArray();
    return pairs(starts, length);
  }

  /** The loss of a character of the part for validation, by pairs of characters. */
  double bigrams() {
    int from = tokens.length * 9 / 10;
    Bigrams pairs = new Bigrams(characters.length);
    pairs.learn(Arrays.copyOf(tokens, from));
    return pairs.loss(Arrays.copyOfRange(tokens, from, tokens.length)) / (tokens.length - from - 1);
  }

  /** Evenly spread pieces of the part for validation. */
  Pairs validation(int batch, int length) {
    int from = tokens.length * 9 / 10;
    int room = tokens.length - from - length - 1;
    int[] starts = new int[batch];
    for (int i = 0; i < batch; i++) {
      starts[i] = from + (int) ((long) room * i / Math.max(1, batch - 1));
    }
    return pairs(starts, length);
  }

  private Pairs pairs(int[] starts, int length) {
    long[] x = new long[starts.length * length];
    long[] y = new long[x.length];
    for (int b = 0; b < starts.length; b++) {
      System.arraycopy(tokens, starts[b], x, b * length, length);
      System.arraycopy(tokens, starts[b] + 1, y, b * length, length);
    }
    return new Pairs(Tensor.of(x, Shape.of(starts.length, length)), Tensor.of(y));
  }

  /** One sequence of tokens as text. */
  String text(long[] sequence) {
    StringBuilder out = new StringBuilder();
    for (long token : sequence) {
      out.append(characters[(int) token]);
    }
    return out.toString();
  }
}
