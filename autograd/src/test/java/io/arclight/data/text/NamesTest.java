package io.arclight.data.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.arclight.nn.Embedding;
import io.arclight.nn.Functional;
import io.arclight.nn.LSTM;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.Reduction;
import io.arclight.optim.Adam;
import io.arclight.tensor.Context;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A model of characters learns names, where these lie beside the project. */
@Timeout(120)
class NamesTest {
  /** A model that knows the frequencies of characters only is at 2.8, an untrained one at 3.3. */
  private static final double LEARNED = 2.35;

  private static final int BATCH = 64;
  private static final int STEPS = 150;

  private static Path names() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve("shared/data/text/names.txt");
      if (Files.exists(file)) {
        return file;
      }
    }
    return null;
  }

  @Test
  void learnsNames() throws IOException {
    Path file = names();
    if (file == null) {
      System.out.println("NamesTest skips: there is no shared/data/text/names.txt");
    }
    assumeTrue(file != null);
    List<String> names = new ArrayList<>(Files.readAllLines(file));
    Collections.shuffle(names, new Random(3));
    Vocab vocab = Vocab.characters().padding("<pad>").special(".").add(names).build();
    try (Scope scope = Scope.open();
        Context.Restore random = Context.current().generator(new Generator(5))) {
      assertThat(loss(names, vocab)).isLessThan(LEARNED);
    }
  }

  /** The mean loss of a character over the last steps; names begin and end with a dot. */
  private static double loss(List<String> names, Vocab vocab) {
    Embedding embedding = new Embedding(vocab.size(), 16);
    LSTM lstm = new LSTM(16, 64).batchFirst();
    Linear head = new Linear(64, vocab.size());
    Adam optimizer = new Adam(Module.parametersOf(embedding, lstm, head), 1e-2);
    double last = 0;
    for (int i = 0; i < STEPS; i++) {
      try (Scope step = Scope.open()) {
        List<String> some =
            names.subList(i * BATCH, (i + 1) * BATCH).stream().map(n -> "." + n + ".").toList();
        Tensor ids = vocab.encodeAll(some);
        Tensor x = ids.narrow(1, 0, ids.dim(1) - 1);
        Tensor y = ids.narrow(1, 1, ids.dim(1) - 1).reshape(x.elements());
        optimizer.zeroGrad();
        Tensor logits = head.call(lstm.call(embedding.call(x)).output());
        Tensor loss =
            Functional.crossEntropy(
                logits.reshape(x.elements(), vocab.size()),
                y,
                null,
                vocab.id("<pad>"),
                0,
                Reduction.MEAN);
        loss.backward();
        optimizer.step();
        last += i >= STEPS - 20 ? loss.item() / 20 : 0;
      }
    }
    return last;
  }
}
