package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.EmbeddingBagOp.Mode;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Embeddings, distances and bilinear layers against PyTorch ({@code it/oracle/embeddings.py}). */
@Timeout(60)
class EmbeddingsGoldenTest {
  private static final Golden GOLDEN =
      Golden.read(EmbeddingsGoldenTest.class, "embeddings.safetensors");

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

  private static Embedding embedding() {
    return new Embedding(7, 3);
  }

  private static EmbeddingBag bag() {
    return new EmbeddingBag(7, 3);
  }

  @Test
  void embeddings() {
    GOLDEN.check("embedding", embedding());
    GOLDEN.check("padding", embedding().paddingIdx(1));
    GOLDEN.check("negative padding", embedding().paddingIdx(-1));
    GOLDEN.check("by frequency", embedding().scaleGradByFreq());
    GOLDEN.check("all", embedding().paddingIdx(2).scaleGradByFreq());
  }

  @Test
  void limitedEmbeddings() {
    checkLimited("max norm", embedding().maxNorm(1));
    checkLimited("max norm 1", embedding().maxNorm(1.5).normType(1));
    EmbeddingBag limited = bag().maxNorm(1);
    GOLDEN.check(
        "bag max norm",
        limited,
        in -> new Tensor[] {limited.call(in[0]), limited.weight().detach()});
  }

  private static void checkLimited(String name, Embedding layer) {
    GOLDEN.check(name, layer, in -> new Tensor[] {layer.call(in[0]), layer.weight().detach()});
  }

  @Test
  void bags() {
    for (Mode mode : Mode.values()) {
      String name = "bag " + mode.name().toLowerCase(Locale.ROOT);
      GOLDEN.check(name, bag().mode(mode));
      checkOffsets(name + " offsets", bag().mode(mode));
      checkOffsets(name + " padding", bag().mode(mode).paddingIdx(1));
      checkOffsets(name + " last", bag().mode(mode).includeLastOffset());
    }
    checkOffsets("bag sum frequency", bag().mode(Mode.SUM).scaleGradByFreq());
    checkOffsets("bag mean frequency", bag().scaleGradByFreq());
  }

  private static void checkOffsets(String name, EmbeddingBag layer) {
    GOLDEN.check(name, layer, in -> new Tensor[] {layer.call(in[0], in[1])});
  }

  @Test
  void weightedBags() {
    EmbeddingBag sum = bag().mode(Mode.SUM);
    GOLDEN.check("bag weights", sum, in -> new Tensor[] {sum.call(in[0], in[1], in[2])});
    Tensor weights = Tensor.arange(6).to(sum.weight().dtype()).reshape(2, 3);
    GOLDEN.check("bag rows weights", sum, in -> new Tensor[] {sum.call(in[0], null, weights)});
  }

  @Test
  void distances() {
    checkCosine("cosine", new CosineSimilarity());
    checkCosine("cosine 0", new CosineSimilarity().dim(0).eps(0.5));
    checkCosine("cosine last", new CosineSimilarity().dim(-1));
    checkDistance("distance", new PairwiseDistance());
    checkDistance("distance 1", new PairwiseDistance().p(1).eps(0.1).keepdim());
    checkDistance("distance 3", new PairwiseDistance().p(3));
    checkDistance("distance of one", new PairwiseDistance());
    for (double p : new double[] {0, 1, 2, 3, Double.POSITIVE_INFINITY}) {
      String name = "pdist " + (Double.isInfinite(p) ? "inf" : Long.toString((long) p));
      GOLDEN.check(name, in -> new Tensor[] {Functional.pdist(in[0], p)});
    }
    GOLDEN.check("normalize", in -> new Tensor[] {Functional.normalize(in[0])});
    GOLDEN.check("normalize 1", in -> new Tensor[] {Functional.normalize(in[0], 1, 0, 0.5)});
  }

  private static void checkCosine(String name, CosineSimilarity layer) {
    GOLDEN.check(name, layer, in -> new Tensor[] {layer.call(in[0], in[1])});
  }

  private static void checkDistance(String name, PairwiseDistance layer) {
    GOLDEN.check(name, layer, in -> new Tensor[] {layer.call(in[0], in[1])});
  }

  @Test
  void bilinear() {
    checkBilinear("bilinear", new Bilinear(3, 4, 2));
    checkBilinear("bilinear no bias", new Bilinear(3, 4, 2).noBias());
    checkBilinear("bilinear of one", new Bilinear(3, 4, 2));
  }

  private static void checkBilinear(String name, Bilinear layer) {
    GOLDEN.check(name, layer, in -> new Tensor[] {layer.call(in[0], in[1])});
  }
}
