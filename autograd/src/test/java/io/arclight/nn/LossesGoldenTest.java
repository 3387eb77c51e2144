package io.arclight.nn;

import static io.arclight.tensor.DType.FLOAT32;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Losses against PyTorch ({@code it/oracle/losses.py}), after they were written and read. */
@Timeout(60)
class LossesGoldenTest {
  private static final Golden GOLDEN = Golden.read(LossesGoldenTest.class, "losses.safetensors");

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

  private static String name(String name, Reduction reduction) {
    return name + " " + reduction.name().toLowerCase(Locale.ROOT);
  }

  private static void check(String name, Loss loss) {
    for (Reduction reduction : Reduction.values()) {
      Loss reduced = travelled(loss.reduction(reduction));
      GOLDEN.check(name(name, reduction), in -> new Tensor[] {reduced.forward(in[0], in[1])});
    }
  }

  private static void check(String name, TripleLoss loss) {
    for (Reduction reduction : Reduction.values()) {
      TripleLoss reduced = travelled(loss.reduction(reduction));
      GOLDEN.check(
          name(name, reduction), in -> new Tensor[] {reduced.forward(in[0], in[1], in[2])});
    }
  }

  /** As an executor gets it. */
  @SuppressWarnings("unchecked")
  private static <T extends Serializable> T travelled(T loss) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(loss);
      out.flush();
      return (T) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Tensor weight() {
    return Tensor.of(0.5f, 2f, 0f, 1.5f);
  }

  @Test
  void crossEntropyOfClasses() {
    check("ce", new CrossEntropyLoss());
    check("ce weight", new CrossEntropyLoss().weight(weight()));
    check("ce ignore", new CrossEntropyLoss().ignoreIndex(1));
    check("ce smooth", new CrossEntropyLoss().labelSmoothing(0.1));
    check("ce all", new CrossEntropyLoss().weight(weight()).ignoreIndex(1).labelSmoothing(0.3));
    check("ce images", new CrossEntropyLoss());
    check(
        "ce images all",
        new CrossEntropyLoss().weight(weight()).ignoreIndex(3).labelSmoothing(0.2));
    check("ce one", new CrossEntropyLoss());
    check("ce long rows", new CrossEntropyLoss());
  }

  @Test
  void crossEntropyOfProbabilities() {
    check("ce share", new CrossEntropyLoss());
    check("ce share all", new CrossEntropyLoss().weight(weight()).labelSmoothing(0.3));
    check("ce share images", new CrossEntropyLoss());
    check("ce share one", new CrossEntropyLoss());
  }

  @Test
  void negativeLogLikelihood() {
    check("nll", new NLLLoss());
    check("nll all", new NLLLoss().weight(weight()).ignoreIndex(1));
    check("nll images", new NLLLoss());
    check("nll one", new NLLLoss());
  }

  @Test
  void binary() {
    check("bce", new BCELoss());
    Tensor scale = GOLDEN.part("scale", "in").get("0");
    check("bce weight", new BCELoss().weight(scale.select(0, 0)));
    check("bce logits", new BCEWithLogitsLoss());
    Tensor positive = Tensor.of(1f, 2f, 0.5f, 3f);
    check("bce logits pos", new BCEWithLogitsLoss().posWeight(positive));
    check("bce logits all", new BCEWithLogitsLoss().weight(scale).posWeight(positive));
    GOLDEN.check("scale", in -> in);
  }

  @Test
  void differences() {
    check("mse", new MSELoss());
    check("l1", new L1Loss());
    check("smooth l1", new SmoothL1Loss());
    check("smooth l1 0.5", new SmoothL1Loss().beta(0.5));
    check("smooth l1 0", new SmoothL1Loss().beta(0));
    check("huber", new HuberLoss());
    check("huber 0.5", new HuberLoss().delta(0.5));
    GOLDEN.check("mse of one", in -> new Tensor[] {new MSELoss().forward(in[0], in[1])});
    GOLDEN.check("l1 of one", in -> new Tensor[] {new L1Loss().forward(in[0], in[1])});
    GOLDEN.check("huber of one", in -> new Tensor[] {new HuberLoss().forward(in[0], in[1])});
  }

  @Test
  void distributions() {
    check("kl", new KLDivLoss());
    check("kl log", new KLDivLoss().logTarget());
    KLDivLoss batch = new KLDivLoss().batchMean();
    GOLDEN.check("kl batchmean", in -> new Tensor[] {batch.forward(in[0], in[1])});
    GOLDEN.check("kl log batchmean", in -> new Tensor[] {batch.logTarget().forward(in[0], in[1])});
    GOLDEN.check(
        "kl zeros", in -> new Tensor[] {new KLDivLoss(Reduction.SUM).forward(in[0], in[1])});
    check("gaussian", new GaussianNLLLoss());
    check("gaussian full", new GaussianNLLLoss().full().eps(0.3));
    check("gaussian rows", new GaussianNLLLoss());
    check("gaussian rows 1d", new GaussianNLLLoss());
    GOLDEN.check(
        "gaussian number",
        in ->
            new Tensor[] {
              Functional.gaussianNllLoss(in[0], in[1], 0.7, LossTerms.SHORT, 1e-6, Reduction.MEAN)
            });
    check("poisson", new PoissonNLLLoss());
    check("poisson full", new PoissonNLLLoss().full());
    check("poisson plain", new PoissonNLLLoss().rates().eps(0.1));
  }

  @Test
  void margins() {
    check("ranking", new MarginRankingLoss());
    check("ranking 0.5", new MarginRankingLoss().margin(0.5));
    check("hinge", new HingeEmbeddingLoss());
    check("hinge 2", new HingeEmbeddingLoss().margin(2));
    check("soft margin", new SoftMarginLoss());
    check("multi label margin", new MultiLabelMarginLoss());
    check("multi label margin one", new MultiLabelMarginLoss());
    Tensor weight = Tensor.of(1f, 2f, 0.5f, 3f);
    check("multi label soft", new MultiLabelSoftMarginLoss());
    check("multi label soft weight", new MultiLabelSoftMarginLoss().weight(weight));
    check("multi margin", new MultiMarginLoss());
    check("multi margin 2", new MultiMarginLoss().p(2).margin(0.5));
    check("multi margin weight", new MultiMarginLoss().weight(weight));
    check("multi margin one", new MultiMarginLoss());
  }

  @Test
  void embeddings() {
    check("cosine", new CosineEmbeddingLoss());
    check("cosine 0.5", new CosineEmbeddingLoss().margin(0.5));
    check("cosine one", new CosineEmbeddingLoss());
    check("triplet", new TripletMarginLoss());
    TripletMarginLoss.Swap swap = TripletMarginLoss.Swap.ALLOWED;
    check("triplet swap", new TripletMarginLoss().margin(2).p(1).swap(swap));
    check("triplet eps", new TripletMarginLoss().margin(0.5).p(3).eps(0.1));
    TripletMarginWithDistanceLoss given =
        new TripletMarginWithDistanceLoss().distance((a, b) -> a.sub(b).abs().sum(-1));
    check("triplet with", given.margin(0.5));
    check("triplet with swap", given.swap(swap));
    check("triplet with default", new TripletMarginWithDistanceLoss());
  }

  @Test
  void linearCrossEntropy() {
    for (Reduction reduction : Reduction.values()) {
      check(name("linear ce", reduction), reduction, new LinearCrossEntropyLoss(4, 7));
      check(
          name("linear ce bias", reduction),
          reduction,
          LinearCrossEntropyLoss.withBias(4, 7).labelSmoothing(0.2));
      check(
          name("linear ce weight", reduction),
          reduction,
          LinearCrossEntropyLoss.withBias(4, 7)
              .weight(Tensor.zeros(Shape.of(7), FLOAT32))
              .ignoreIndex(2));
      check(name("linear ce share", reduction), reduction, new LinearCrossEntropyLoss(4, 7));
      check(
          name("linear ce images", reduction),
          reduction,
          LinearCrossEntropyLoss.withBias(4, 7, 2, 3));
    }
  }

  private static void check(String name, Reduction reduction, LinearCrossEntropyLoss loss) {
    loss.reduction(reduction);
    GOLDEN.check(name, loss, in -> new Tensor[] {loss.call(in[0], in[1])});
  }
}
