package io.arclight.nn;

import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Linear layers and lookups against PyTorch ({@code it/oracle/linear.py}). */
@Timeout(60)
class LinearGoldenTest {
  private static final Golden GOLDEN = Golden.read(LinearGoldenTest.class, "linear.safetensors");

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

  @AfterAll
  static void complete() {
    GOLDEN.close();
  }

  @Test
  void linear() throws IOException {
    GOLDEN.check("linear", new Linear(4, 3));
    GOLDEN.traces("linear", new Linear(4, 3), folder);
    GOLDEN.check("linear no bias", new Linear(4, 3).noBias());
  }

  @Test
  void embedding() {
    GOLDEN.check("embedding", new Embedding(7, 3));
  }

  @Test
  void layerNorm() {
    GOLDEN.check("layer norm", new LayerNorm(3, 4));
  }

  @Test
  void mlp() throws IOException {
    Sequential mlp = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 2));
    GOLDEN.check("mlp", mlp);
    GOLDEN.traces("mlp", mlp, folder);
  }

  @Test
  void byFormula() {
    GOLDEN.checkModel(
        "model", new Sequential(new Linear(4, 8), new LayerNorm(8), new Linear(8, 2)));
  }
}
