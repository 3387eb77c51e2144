package io.arclight.data.text;

import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * A tokenizer of Hugging Face's {@code tokenizer.json}, by their library: the ids are Python's. It
 * needs {@code ai.djl.huggingface:tokenizers} on the class path. Options are set before first use;
 * then threads may share it. Text is neither cut nor padded unless an option says so.
 *
 * <pre>{@code
 * try (Tokenizer tokenizer = Tokenizer.load(Path.of("bert/tokenizer.json")).maxLength(128)) {
 *   TokenBatch batch = tokenizer.batch(List.of("Hello world", "A longer text"));
 *   model.forward(batch.inputIds(), batch.attentionMask());
 * }
 * }</pre>
 */
public final class Tokenizer implements AutoCloseable {
  private static final String ARTIFACT = "ai.djl.huggingface:tokenizers:0.38.0";
  private static final String FILE = "tokenizer.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final int MAX_BYTES = 256 << 20;
  private static final int UNLIMITED = Integer.MAX_VALUE;

  private final NativeTokenizer tokenizer;
  private final Vocabulary vocabulary;
  private String padToken;
  private int maxLength = UNLIMITED;
  private boolean special = true;
  private boolean padsToMaxLength;
  private boolean padsLeft;

  private Tokenizer(NativeTokenizer tokenizer, Vocabulary vocabulary) {
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
    padToken = vocabulary.padToken();
    tokenizer.plain();
  }

  /**
   * Reads a {@code tokenizer.json}.
   *
   * @throws MalformedFileException if it is no tokenizer
   * @throws IllegalStateException naming the artifact to add, where the library is missing
   */
  public static Tokenizer load(Path file) throws IOException {
    return read(Files.readAllBytes(file), file.toString());
  }

  /**
   * The tokenizer of a folder, such as a model's: {@code tokenizer.json}, with the padding token
   * that {@code tokenizer_config.json} says.
   */
  public static Tokenizer load(BlobStore folder) throws IOException {
    byte[] json = blob(folder, FILE);
    if (json == null) {
      throw new MalformedFileException("no tokenizer at " + folder.location() + ": no " + FILE);
    }
    Tokenizer out = read(json, folder.location() + "/" + FILE);
    byte[] config = blob(folder, CONFIG);
    try {
      String pad = config == null ? null : Vocabulary.padToken(config);
      return pad == null ? out : out.padToken(pad);
    } catch (IOException | RuntimeException e) {
      out.close();
      throw new MalformedFileException(
          folder.location() + "/" + CONFIG + ": no padding token: " + e.getMessage(), e);
    }
  }

  /** Null where there is none. */
  private static byte[] blob(BlobStore folder, String name) throws IOException {
    try (InputStream in = folder.open(name)) {
      byte[] out = in.readNBytes(MAX_BYTES + 1);
      if (out.length > MAX_BYTES) {
        throw new MalformedFileException(
            folder.location() + "/" + name + ": is longer than " + MAX_BYTES + " bytes");
      }
      return out;
    } catch (NoSuchFileException | FileNotFoundException e) {
      return null;
    }
  }

  private static Tokenizer read(byte[] json, String name) throws IOException {
    try {
      Vocabulary vocabulary = Vocabulary.read(json);
      NativeTokenizer tokenizer = NativeTokenizer.of(new String(json, StandardCharsets.UTF_8));
      return new Tokenizer(tokenizer, vocabulary);
    } catch (IllegalStateException e) {
      throw e;
    } catch (LinkageError e) {
      throw missing(e);
    } catch (IOException | RuntimeException e) {
      throw new MalformedFileException(name + ": no tokenizer: " + e.getMessage(), e);
    }
  }

  /** What to do where the library cannot be loaded. */
  static IllegalStateException missing(Throwable cause) {
    return new IllegalStateException(
        "Tokenizer needs "
            + ARTIFACT
            + " on the class path, such as with spark-submit --packages "
            + ARTIFACT
            + ", and its native library for this platform: "
            + cause,
        cause);
  }

  // ---- options

  /**
   * Cuts longer texts to {@code tokens} tokens, added ones included; of pairs the longer text
   * first.
   */
  public Tokenizer maxLength(int tokens) {
    int added = tokenizer.encode("", null, special).ids().length;
    if (tokens <= added) {
      throw new IllegalArgumentException(
          "Tokenizer: maxLength "
              + tokens
              + " leaves no room for text beside "
              + added
              + " added tokens");
    }
    maxLength = tokens;
    tokenizer.truncate(tokens);
    return this;
  }

  /** Pads batches to {@code maxLength}, not to the longest text. */
  public Tokenizer padToMaxLength() {
    padsToMaxLength = true;
    return this;
  }

  /** Pads in front of the tokens, as models need that continue a text. */
  public Tokenizer padLeft() {
    padsLeft = true;
    return this;
  }

  /**
   * Pads with {@code token}.
   *
   * @throws NoSuchElementException if it is not in the vocabulary
   */
  public Tokenizer padToken(String token) {
    tokenToId(token);
    padToken = token;
    return this;
  }

  /** Adds no tokens such as {@code [CLS]}. */
  public Tokenizer noSpecialTokens() {
    special = false;
    return this;
  }

  // ---- use

  /** The tokens of one text. */
  public Encoding encode(String text) {
    return tokenizer.encode(require(text), null, special);
  }

  /** Of two texts, such as a question and a passage. */
  public Encoding encode(String first, String second) {
    if (maxLength != UNLIMITED) {
      int added = tokenizer.encode("", "", special).ids().length;
      if (maxLength <= added) {
        throw new IllegalArgumentException(
            "Tokenizer: maxLength "
                + maxLength
                + " leaves no room for a pair beside "
                + added
                + " added tokens");
      }
    }
    return tokenizer.encode(require(first), require(second), special);
  }

  private static String require(String text) {
    if (text == null) {
      throw new IllegalArgumentException("Tokenizer: a text is null");
    }
    return text;
  }

  /**
   * The texts as tensors of one length.
   *
   * @throws IllegalStateException if padding is needed and no padding token is known
   */
  public TokenBatch batch(List<String> texts) {
    List<Encoding> encodings = new ArrayList<>();
    texts.forEach(text -> encodings.add(encode(text)));
    return pad(encodings);
  }

  /** As {@link #batch(List)}, of pairs of texts. */
  public TokenBatch batch(List<String> firsts, List<String> seconds) {
    if (firsts.size() != seconds.size()) {
      throw new IllegalArgumentException(
          "Tokenizer: " + firsts.size() + " first texts and " + seconds.size() + " second ones");
    }
    List<Encoding> encodings = new ArrayList<>();
    for (int i = 0; i < firsts.size(); i++) {
      encodings.add(encode(firsts.get(i), seconds.get(i)));
    }
    return pad(encodings);
  }

  private TokenBatch pad(List<Encoding> encodings) {
    if (padsToMaxLength && maxLength == UNLIMITED) {
      throw new IllegalStateException("Tokenizer: padToMaxLength needs maxLength(n)");
    }
    int length = padsToMaxLength ? maxLength : 0;
    for (Encoding encoding : encodings) {
      length = Math.max(length, encoding.ids().length);
    }
    long[] ids = new long[Math.multiplyExact(encodings.size(), length)];
    long[] mask = new long[ids.length];
    long[] types = new long[ids.length];
    for (int i = 0; i < encodings.size(); i++) {
      Encoding encoding = encodings.get(i);
      int count = encoding.ids().length;
      int row = i * length;
      int at = padsLeft ? row + length - count : row;
      if (count < length) {
        Arrays.fill(ids, row, row + length, padId());
      }
      System.arraycopy(encoding.ids(), 0, ids, at, count);
      System.arraycopy(encoding.typeIds(), 0, types, at, count);
      Arrays.fill(mask, at, at + count, 1);
    }
    Shape shape = Shape.of(encodings.size(), length);
    return new TokenBatch(Tensor.of(ids, shape), Tensor.of(mask, shape), Tensor.of(types, shape));
  }

  private int padId() {
    if (padToken == null) {
      throw new IllegalStateException(
          "Tokenizer: texts differ in length and the file names no padding token: choose one, such"
              + " as padToken(\"<|endoftext|>\")");
    }
    return tokenToId(padToken);
  }

  /** The text of tokens, without special ones such as {@code [CLS]}. */
  public String decode(long... ids) {
    return tokenizer.decode(requireIds(ids), true);
  }

  /** The text of tokens, special ones included. */
  public String decodeWithSpecialTokens(long... ids) {
    return tokenizer.decode(requireIds(ids), false);
  }

  /**
   * The text of every row.
   *
   * @param ids int64 [texts, length]
   */
  public List<String> decode(Tensor ids) {
    if (ids.rank() != 2) {
      throw new ShapeException("Tokenizer: decodes [texts, length], got shape " + ids.shape());
    }
    if (ids.dtype() != DType.INT64) {
      throw new DTypeException("Tokenizer: decodes int64 ids, got " + ids.dtype());
    }
    long[] all = ids.toLongs();
    int length = (int) ids.dim(1);
    List<String> out = new ArrayList<>();
    for (int i = 0; i < ids.dim(0); i++) {
      out.add(decode(Arrays.copyOfRange(all, i * length, (i + 1) * length)));
    }
    return out;
  }

  private static long[] requireIds(long[] ids) {
    for (long id : ids) {
      if (id < 0 || id > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("Tokenizer: " + id + " is no id of a token");
      }
    }
    return ids;
  }

  /**
   * The id of a token.
   *
   * @throws NoSuchElementException if it is not in the vocabulary
   */
  public int tokenToId(String token) {
    Integer id = vocabulary.ids().get(token);
    if (id == null) {
      throw new NoSuchElementException(
          "Tokenizer: '" + token + "' is none of the " + vocabularySize() + " tokens");
    }
    return id;
  }

  /** Number of tokens, added ones included. */
  public int vocabularySize() {
    return vocabulary.ids().size();
  }

  /** Gives the library's memory back. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
