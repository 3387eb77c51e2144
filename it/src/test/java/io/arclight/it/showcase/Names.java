package io.arclight.it.showcase;

import io.arclight.autograd.Autograd;
import io.arclight.data.text.Vocab;
import io.arclight.nn.Embedding;
import io.arclight.nn.Functional;
import io.arclight.nn.LSTM;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.RNNBase;
import io.arclight.nn.Reduction;
import io.arclight.nn.utils.ClipGrad;
import io.arclight.optim.AdamW;
import io.arclight.optim.OneCycleLR;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/** An LSTM on the characters of names, which makes names of its own. */
final class Names {
  private static final String END = ".";
  private static final String PADDING = "<pad>";
  private static final int BATCH = 64;
  private static final int LONGEST = 20;
  private static final int EVERY = 200;
  private static final double LR = 1e-2;

  private final List<String> train;
  private final List<String> heldOut;
  private final Vocab vocab;
  private final Embedding embedding;
  private final LSTM lstm;
  private final Linear head;
  private final Random random = new Random(1);

  private Names(List<String> names) {
    int from = names.size() * 9 / 10;
    train = names.subList(0, from);
    heldOut = names.subList(from, names.size());
    vocab = Vocab.characters().padding(PADDING).special(END).add(names).build();
    embedding = new Embedding(vocab.size(), 24);
    lstm = new LSTM(24, 128).batchFirst();
    head = new Linear(128, vocab.size());
  }

  /**
   * By how much its loss of a character of names that were held out is below that of {@link
   * Bigrams}.
   */
  static double run(Path file, int steps) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    Collections.shuffle(lines, new Random(3));
    Names names = Learning.seeded(5, () -> new Names(lines));
    double pairs = names.bigrams();
    System.out.printf(Locale.ROOT, "pairs of characters: held out %.3f%n", pairs);
    names.train(steps);
    List<String> own = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      own.add(names.sample());
    }
    Set<String> known = new HashSet<>(names.train);
    long copies = own.stream().filter(known::contains).count();
    System.out.println(String.join(" ", own) + " (" + copies + " of these were trained on)");
    return pairs - names.loss();
  }

  private void train(int steps) {
    AdamW optimizer = new AdamW(Module.parametersOf(embedding, lstm, head), LR);
    OneCycleLR schedule = new OneCycleLR(optimizer, LR, steps);
    double sum = 0;
    for (int i = 1; i <= steps; i++) {
      try (Scope scope = Scope.open()) {
        List<String> some = random.ints(BATCH, 0, train.size()).mapToObj(train::get).toList();
        optimizer.zeroGrad();
        Tensor loss = loss(some, Reduction.MEAN);
        loss.backward();
        ClipGrad.clipGradNorm(Module.parametersOf(embedding, lstm, head), 1);
        optimizer.step();
        schedule.step();
        sum += loss.item();
      }
      if (i % EVERY == 0 || i == steps) {
        int since = (i - 1) % EVERY + 1;
        System.out.printf(
            Locale.ROOT, "step %d: training %.3f, held out %.3f%n", i, sum / since, loss());
        sum = 0;
      }
    }
  }

  /** Names begin and end with a dot. */
  private Tensor loss(List<String> names, Reduction reduction) {
    Tensor ids = vocab.encodeAll(names.stream().map(n -> END + n + END).toList());
    Tensor x = ids.narrow(1, 0, ids.dim(1) - 1);
    Tensor y = ids.narrow(1, 1, ids.dim(1) - 1).reshape(x.elements());
    Tensor logits = head.call(lstm.call(embedding.call(x)).output());
    return Functional.crossEntropy(
        logits.reshape(x.elements(), vocab.size()), y, null, vocab.id(PADDING), 0, reduction);
  }

  private static long characters(List<String> names) {
    return names.stream().mapToLong(n -> n.length() + 1).sum();
  }

  /** Of a character that was held out. */
  private double loss() {
    double sum = 0;
    try (Context.Restore mode = Autograd.noGrad()) {
      for (int at = 0; at < heldOut.size(); at += 10 * BATCH) {
        try (Scope scope = Scope.open()) {
          int end = Math.min(heldOut.size(), at + 10 * BATCH);
          sum += loss(heldOut.subList(at, end), Reduction.SUM).item();
        }
      }
    }
    return sum / characters(heldOut);
  }

  private double bigrams() {
    Bigrams pairs = new Bigrams(vocab.size());
    train.forEach(name -> pairs.learn(ids(name)));
    return heldOut.stream().mapToDouble(name -> pairs.loss(ids(name))).sum() / characters(heldOut);
  }

  private long[] ids(String name) {
    try (Scope scope = Scope.open()) {
      return vocab.encode(END + name + END).toLongs();
    }
  }

  /** A name of its own. */
  private String sample() {
    StringBuilder out = new StringBuilder();
    long end = vocab.id(END);
    try (Scope scope = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      long token = end;
      LSTM.State state = null;
      while (out.length() < LONGEST && (token != end || out.length() == 0)) {
        Tensor x = embedding.call(Tensor.of(new long[] {token}, Shape.of(1, 1)));
        RNNBase.Output<LSTM.State> next = state == null ? lstm.call(x) : lstm.call(x, state);
        state = next.state();
        Tensor odds = head.call(next.output()).reshape(vocab.size()).softmax(0);
        token = draw(odds.toFloats());
        if (token != end && token != vocab.id(PADDING)) {
          out.append(vocab.token(token));
        }
      }
    }
    return out.toString();
  }

  private long draw(float[] odds) {
    double left = random.nextDouble();
    int at = 0;
    while (at < odds.length - 1 && left >= odds[at]) {
      left -= odds[at++];
    }
    return at;
  }
}
