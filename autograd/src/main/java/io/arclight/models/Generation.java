package io.arclight.models;

import io.arclight.autograd.Autograd;
import io.arclight.nn.KeyValueCache;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Continues token sequences, greedily unless {@link #sample} is asked for.
 *
 * <pre>{@code
 * Tensor text = new Generation(model).maxNewTokens(50).sample(42).topK(40).generate(prompt);
 * }</pre>
 *
 * <p>The model should be in evaluation mode.
 */
public final class Generation {
  private static final long DEFAULT_TOKENS = 20;

  private final CausalLM model;
  private final Sampling sampling = new Sampling();
  private long maxNewTokens = DEFAULT_TOKENS;
  private Set<Long> eos = Set.of();
  private Long pad;
  private long window = Long.MAX_VALUE;
  private boolean cached = true;
  private Generator generator;

  /** By {@code model}, which should be in evaluation mode. */
  public Generation(CausalLM model) {
    this.model = model;
  }

  /** The most tokens to add; 20 unless set. */
  public Generation maxNewTokens(long count) {
    maxNewTokens = require("maxNewTokens", count, count >= 0, "at least 0");
    return this;
  }

  /** Draws tokens by their probabilities, from the stream of {@code seed}. */
  public Generation sample(long seed) {
    generator = new Generator(seed);
    return this;
  }

  /** Divides the logits: below 1 likely tokens become more likely. */
  public Generation temperature(double value) {
    sampling.temperature = require("temperature", value, value > 0, "above 0");
    return this;
  }

  /** Only the {@code k} most likely tokens are drawn. */
  public Generation topK(long k) {
    sampling.topK = require("topK", k, k > 0, "above 0");
    return this;
  }

  /** Only the most likely tokens are drawn that together have at least probability {@code p}. */
  public Generation topP(double p) {
    sampling.topP = require("topP", p, p > 0 && p <= 1, "above 0 and at most 1");
    return this;
  }

  /** Divides positive and multiplies negative logits of tokens that occurred. */
  public Generation repetitionPenalty(double factor) {
    sampling.penalty = require("repetitionPenalty", factor, factor > 0, "above 0");
    return this;
  }

  /** A sequence ends with one of these tokens. */
  public Generation eos(long... tokens) {
    eos = new LinkedHashSet<>(LongStream.of(tokens).boxed().toList());
    return this;
  }

  /** What follows the end of a sequence while others go on; the first end token unless set. */
  public Generation pad(long token) {
    pad = token;
    return this;
  }

  /** The model sees the last {@code tokens} only, for models of a fixed length. */
  public Generation window(long tokens) {
    window = require("window", tokens, tokens > 0, "above 0");
    return this;
  }

  /** Computes all tokens again for each: slower, the same. */
  public Generation noCache() {
    cached = false;
    return this;
  }

  private static <N extends Number> N require(String name, N value, boolean fits, String range) {
    if (!fits) {
      throw new IllegalArgumentException(
          "Generation: " + name + " must be " + range + ", not " + value);
    }
    return value;
  }

  /** Continues {@code prompt}, int64 [b, n], n at least 1: int64 [b, n and what was added]. */
  public Tensor generate(Tensor prompt) {
    return generate(prompt, null);
  }

  /**
   * Continues prompts of different lengths, padded at the left.
   *
   * @param attentionMask bool [b, n], false for padding; null for none
   */
  public Tensor generate(Tensor prompt, Tensor attentionMask) {
    if (prompt.rank() != 2 || prompt.dim(1) == 0 || prompt.dtype() != DType.INT64) {
      throw new ShapeException(
          "Generation: a prompt must be int64 [batch, tokens] with at least one token, got "
              + prompt.dtype()
              + prompt.shape());
    }
    if (attentionMask != null
        && (attentionMask.dtype() != DType.BOOL || !attentionMask.shape().equals(prompt.shape()))) {
      throw new ShapeException(
          "Generation: an attention mask must be bool"
              + prompt.shape()
              + " like the prompt, got "
              + attentionMask.dtype()
              + attentionMask.shape());
    }
    try (Context.Restore mode = Autograd.noGrad();
        KeyValueCache cache = new KeyValueCache()) {
      long[][] tokens = run(prompt, attentionMask, cache);
      long[] flat = Arrays.stream(tokens).flatMapToLong(LongStream::of).toArray();
      long length = tokens.length == 0 ? prompt.dim(1) : tokens[0].length;
      return Tensor.of(flat, Shape.of(tokens.length, length)).to(prompt.device());
    }
  }

  private long[][] run(Tensor prompt, Tensor mask, KeyValueCache cache) {
    int batch = (int) prompt.dim(0);
    int given = (int) prompt.dim(1);
    int most = Math.toIntExact(given + maxNewTokens);
    long[] first = prompt.toLongs();
    long[][] tokens = new long[batch][most];
    for (int b = 0; b < batch; b++) {
      System.arraycopy(first, b * given, tokens[b], 0, given);
    }
    boolean[] ended = new boolean[batch];
    int length = given;
    while (length < most && batch > 0) {
      long[] next = next(tokens, length, mask, cache, prompt);
      boolean open = false;
      for (int b = 0; b < batch; b++) {
        tokens[b][length] = ended[b] ? padding() : next[b];
        ended[b] |= eos.contains(tokens[b][length]);
        open |= !ended[b];
      }
      length++;
      if (!open) {
        break;
      }
    }
    int reached = length;
    return Arrays.stream(tokens).map(t -> Arrays.copyOf(t, reached)).toArray(long[][]::new);
  }

  private long padding() {
    return pad != null ? pad : eos.iterator().next();
  }

  private long[] next(
      long[][] tokens, int length, Tensor mask, KeyValueCache cache, Tensor prompt) {
    try (Scope step = Scope.open()) {
      boolean uses = cached && length <= window;
      int from = uses ? (int) cache.length() : (int) Math.max(0, length - window);
      Tensor ids = columns(tokens, from, length).to(prompt.device());
      Tensor seen = mask == null ? null : seen(mask, uses ? 0 : from, length);
      Tensor logits = model.logits(ids, seen, uses ? cache : null).select(1, -1);
      Tensor all = columns(tokens, 0, length).to(prompt.device());
      return sampling.choose(logits, all, generator);
    }
  }

  /** The mask from token {@code from} on, of which all that was added is seen. */
  private static Tensor seen(Tensor mask, int from, int length) {
    long added = length - mask.dim(1);
    Tensor ones = Tensor.ones(Shape.of(mask.dim(0), added), DType.BOOL, mask.device());
    return Tensor.cat(1, List.of(mask, ones).toArray(new Tensor[0])).narrow(1, from, length - from);
  }

  private static Tensor columns(long[][] tokens, int from, int to) {
    long[] flat =
        Arrays.stream(tokens)
            .flatMapToLong(t -> LongStream.of(Arrays.copyOfRange(t, from, to)))
            .toArray();
    return Tensor.of(flat, Shape.of(tokens.length, to - from));
  }
}
