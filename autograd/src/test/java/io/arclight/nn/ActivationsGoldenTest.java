package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Activations against PyTorch ({@code it/oracle/activations.py}). */
@Timeout(60)
class ActivationsGoldenTest {
  private static final Golden GOLDEN =
      Golden.read(ActivationsGoldenTest.class, "activations.safetensors");

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

  /** Layers of one elementwise operation; new ones in each call. */
  private static Map<String, Activation> elementwise() {
    Map<String, Activation> out = new TreeMap<>();
    out.put("relu", new ReLU());
    out.put("relu6", new ReLU6());
    out.put("leaky relu", new LeakyReLU());
    out.put("leaky relu 0.2", new LeakyReLU(0.2));
    out.put("elu", new ELU());
    out.put("elu 1.5", new ELU(1.5));
    out.put("selu", new SELU());
    out.put("celu", new CELU());
    out.put("celu 2", new CELU(2));
    out.put("gelu", new GELU());
    out.put("gelu tanh", new GELU(GELU.Approximate.TANH));
    out.put("silu", new SiLU());
    out.put("mish", new Mish());
    out.put("sigmoid", new Sigmoid());
    out.put("tanh", new Tanh());
    out.put("softplus", new Softplus());
    out.put("softplus 2 3", new Softplus(2, 3));
    out.put("softsign", new Softsign());
    out.put("softshrink", new Softshrink());
    out.put("softshrink 0.25", new Softshrink(0.25));
    out.put("hardshrink", new Hardshrink());
    out.put("hardshrink 0.25", new Hardshrink(0.25));
    out.put("hardsigmoid", new Hardsigmoid());
    out.put("hardswish", new Hardswish());
    out.put("hardtanh", new Hardtanh());
    out.put("hardtanh 0.5", new Hardtanh(-0.5, 0.25));
    out.put("tanhshrink", new Tanhshrink());
    out.put("threshold", new Threshold(0.25, 9));
    out.put("log sigmoid", new LogSigmoid());
    return out;
  }

  @Test
  void elementwiseLayers() throws IOException {
    for (Map.Entry<String, Activation> e : elementwise().entrySet()) {
      GOLDEN.check(e.getKey(), e.getValue());
      GOLDEN.traces(e.getKey(), e.getValue(), folder.resolve(e.getKey()));
    }
  }

  @Test
  void elementwiseLayersInPlace() throws IOException {
    for (Map.Entry<String, Activation> e : elementwise().entrySet()) {
      Activation layer = e.getValue().inPlace();
      GOLDEN.check(
          e.getKey(),
          in -> {
            Tensor x = in[0].mul(1);
            Tensor y = layer.call(x);
            assertThat(y).isSameAs(x);
            return new Tensor[] {y};
          });
      GOLDEN.traces(e.getKey(), layer, folder.resolve(e.getKey()));
    }
  }

  @Test
  void learnedSlopes() throws IOException {
    GOLDEN.check("prelu", new PReLU());
    GOLDEN.traces("prelu", new PReLU(), folder.resolve("one"));
    GOLDEN.check("prelu by channel", new PReLU(6, 0.4));
    GOLDEN.check("prelu of images", new PReLU(3));
    GOLDEN.traces("prelu of images", new PReLU(3), folder.resolve("channels"));
    GOLDEN.check("prelu of one dimension", in -> new Tensor[] {Functional.prelu(in[0], in[1])});
  }

  @Test
  void randomOnesEvaluated() throws IOException {
    RReLU rrelu = new RReLU(0.1, 0.4);
    rrelu.eval();
    GOLDEN.check("rrelu evaluated", rrelu);
    GOLDEN.traces("rrelu evaluated", rrelu, folder.resolve("rrelu"));
    Dropout dropout = new Dropout();
    dropout.eval();
    GOLDEN.check("dropout evaluated", dropout);
    GOLDEN.traces("dropout evaluated", dropout, folder.resolve("dropout"));
  }

  @Test
  void alongDimensions() throws IOException {
    GOLDEN.check("glu", new GLU());
    GOLDEN.traces("glu", new GLU(), folder.resolve("glu"));
    GOLDEN.check("glu 0", new GLU(0));
    GOLDEN.check("softmin", new Softmin(1));
    GOLDEN.traces("softmin", new Softmin(1), folder.resolve("softmin"));
    GOLDEN.check("softmax", new Softmax(1));
    GOLDEN.check("log softmax", new LogSoftmax(-1));
    GOLDEN.check("softmax2d", new Softmax2d());
    GOLDEN.traces("softmax2d", new Softmax2d(), folder.resolve("softmax2d"));
    GOLDEN.check("softmax2d of one", new Softmax2d());
  }

  @Test
  void adaptiveLogSoftmax() {
    checkAdaptive("adaptive", new AdaptiveLogSoftmaxWithLoss(8, 12, 3, 6, 9).divValue(2));
    AdaptiveLogSoftmaxWithLoss biased = new AdaptiveLogSoftmaxWithLoss(4, 10, 4).headBias();
    checkAdaptive("adaptive head bias", biased);
    checkAdaptive("adaptive of one", biased);
    GOLDEN.check("adaptive log prob", biased, in -> new Tensor[] {biased.logProb(in[0])});
    GOLDEN.check("adaptive predict", biased, in -> new Tensor[] {biased.predict(in[0])});
  }

  private static void checkAdaptive(String name, AdaptiveLogSoftmaxWithLoss layer) {
    GOLDEN.check(
        name,
        layer,
        in -> {
          AdaptiveLogSoftmaxWithLoss.Output out = layer.call(in[0], in[1]);
          return new Tensor[] {out.output(), out.loss()};
        });
  }
}
