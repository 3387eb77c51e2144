package io.arclight.data.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.arclight.nn.utils.Padding;
import io.arclight.nn.utils.Rnn;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tokens of texts and their ids, which are the tokens' places.
 *
 * <pre>{@code
 * Vocab vocab = Vocab.characters().padding("<pad>").unknown("<unk>").add(names).build();
 * Tensor ids = vocab.encode("emma");          // int64 [4]
 * Tensor batch = vocab.encodeAll(names);      // int64 [names, longest], padded
 * String text = vocab.decode(ids);
 * }</pre>
 */
public final class Vocab {
  /** What a text is cut into. */
  public enum Unit {
    /** Unicode characters. */
    CHARACTER {
      @Override
      List<String> split(String text) {
        return text.codePoints().mapToObj(Character::toString).toList();
      }

      @Override
      String join(List<String> tokens) {
        return String.join("", tokens);
      }
    },
    /** What stands between white space. */
    WORD {
      @Override
      List<String> split(String text) {
        String stripped = text.strip();
        return stripped.isEmpty() ? List.of() : List.of(stripped.split("\\s+"));
      }

      @Override
      String join(List<String> tokens) {
        return String.join(" ", tokens);
      }
    };

    abstract List<String> split(String text);

    abstract String join(List<String> tokens);
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Unit unit;
  private final List<String> tokens;
  private final String unknown;
  private final String padding;
  private final Map<String, Integer> ids = new HashMap<>();

  Vocab(Unit unit, List<String> tokens, String unknown, String padding) {
    this.unit = unit;
    this.tokens = List.copyOf(tokens);
    this.unknown = unknown;
    this.padding = padding;
    for (int i = 0; i < this.tokens.size(); i++) {
      if (ids.put(this.tokens.get(i), i) != null) {
        throw new IllegalArgumentException(
            "Vocab: the token \"" + this.tokens.get(i) + "\" is there twice");
      }
    }
    for (String special : new String[] {unknown, padding}) {
      if (special != null && !ids.containsKey(special)) {
        throw new IllegalArgumentException("Vocab: \"" + special + "\" is not among the tokens");
      }
    }
  }

  /** Collects a vocabulary of characters. */
  public static VocabBuilder characters() {
    return new VocabBuilder(Unit.CHARACTER);
  }

  /** Collects a vocabulary of words between white space. */
  public static VocabBuilder words() {
    return new VocabBuilder(Unit.WORD);
  }

  /** All tokens; the id of one is its place. */
  public List<String> tokens() {
    return tokens;
  }

  /** How many tokens there are. */
  public int size() {
    return tokens.size();
  }

  /** Whether {@code token} has a number of its own. */
  public boolean contains(String token) {
    return ids.containsKey(token);
  }

  /** The token that stands for all that are not here. */
  public Optional<String> unknown() {
    return Optional.ofNullable(unknown);
  }

  /** The token that fills up shorter texts of a batch. */
  public Optional<String> padding() {
    return Optional.ofNullable(padding);
  }

  /**
   * The token's id, or that of the unknown token.
   *
   * @throws IllegalArgumentException if it is not here and there is no unknown token
   */
  public int id(String token) {
    Integer id = ids.get(token);
    if (id == null && unknown == null) {
      throw new IllegalArgumentException(
          "Vocab: \""
              + token
              + "\" is none of the "
              + size()
              + " tokens, and there is no unknown token: build with unknown(\"<unk>\")");
    }
    return id == null ? ids.get(unknown) : id;
  }

  /**
   * The token of an id.
   *
   * @throws IllegalArgumentException if there is none
   */
  public String token(long id) {
    if (id < 0 || id >= size()) {
      throw new IllegalArgumentException(
          "Vocab: there is no id " + id + ": ids are from 0 to " + (size() - 1));
    }
    return tokens.get((int) id);
  }

  /** The ids of the text's tokens, int64 [tokens]. */
  public Tensor encode(String text) {
    return encode(unit.split(text));
  }

  /** The ids of tokens, special ones too, int64 [tokens]. */
  public Tensor encode(List<String> text) {
    return Tensor.of(text.stream().mapToLong(this::id).toArray());
  }

  /**
   * The ids of several texts, int64 [texts, tokens of the longest], filled up with the padding.
   *
   * @throws IllegalStateException if their lengths differ and there is no padding token
   */
  public Tensor encodeAll(List<String> texts) {
    List<Tensor> all = new ArrayList<>();
    for (String text : texts) {
      Tensor ids = encode(text);
      if (padding == null && !all.isEmpty() && ids.dim(0) != all.get(0).dim(0)) {
        throw new IllegalStateException(
            "Vocab: texts of "
                + all.get(0).dim(0)
                + " and of "
                + ids.dim(0)
                + " tokens need a padding token: build with padding(\"<pad>\")");
      }
      all.add(ids);
    }
    double fill = padding == null ? 0 : id(padding);
    return Rnn.padSequence(all, Padding.standard().batchFirst().value(fill));
  }

  /**
   * The text of ids, int64 [tokens], without padding.
   *
   * @throws IllegalArgumentException if an id has no token
   */
  public String decode(Tensor ids) {
    if (ids.dtype() != DType.INT64 || ids.rank() != 1) {
      throw new DTypeException(
          "Vocab: ids must be int64 [tokens], not " + ids.dtype() + ids.shape());
    }
    List<String> text = new ArrayList<>();
    for (long id : ids.toLongs()) {
      String token = token(id);
      if (!token.equals(padding)) {
        text.add(token);
      }
    }
    return unit.join(text);
  }

  /** As JSON, which {@link #fromJson} reads. */
  public String toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("unit", unit.name());
    root.put("unknown", unknown);
    root.put("padding", padding);
    tokens.forEach(root.putArray("tokens")::add);
    return root.toString();
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static Vocab fromJson(String json) {
    try {
      JsonNode root = JSON.readTree(json);
      JsonNode list = root.path("tokens");
      String unit = root.path("unit").asText();
      if (!list.isArray() || !unit.equals("CHARACTER") && !unit.equals("WORD")) {
        throw new IllegalArgumentException(
            "Vocab: expects \"tokens\": [...] and \"unit\": \"CHARACTER\" or \"WORD\"");
      }
      List<String> tokens = new ArrayList<>();
      for (JsonNode token : list) {
        if (!token.isTextual()) {
          throw new IllegalArgumentException("Vocab: the token " + token + " is no text");
        }
        tokens.add(token.asText());
      }
      return new Vocab(Unit.valueOf(unit), tokens, text(root, "unknown"), text(root, "padding"));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Vocab: no valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static String text(JsonNode root, String name) {
    JsonNode node = root.path(name);
    return node.isTextual() ? node.asText() : null;
  }

  /** Writes {@link #toJson()} to a file, in UTF-8. */
  public void save(Path file) throws IOException {
    Files.writeString(file, toJson());
  }

  /** Reads a file of {@link #save}. */
  public static Vocab load(Path file) throws IOException {
    return fromJson(Files.readString(file));
  }

  @Override
  public String toString() {
    return "Vocab(" + size() + " tokens)";
  }
}
