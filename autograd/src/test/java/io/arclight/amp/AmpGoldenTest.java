package io.arclight.amp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.Conv1d;
import io.arclight.nn.Flatten;
import io.arclight.nn.Functional;
import io.arclight.nn.GRU;
import io.arclight.nn.LSTM;
import io.arclight.nn.Layer;
import io.arclight.nn.LayerNorm;
import io.arclight.nn.Linear;
import io.arclight.nn.RNN;
import io.arclight.nn.RNNBase;
import io.arclight.nn.ReLU;
import io.arclight.nn.Reduction;
import io.arclight.nn.Sequential;
import io.arclight.optim.SGD;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Dtypes by operation and the scaler's schedule against PyTorch ({@code it/oracle/amp.py}). */
@Timeout(60)
class AmpGoldenTest {
  private static final JsonNode GOLDEN = read();
  private Scope scope;

  private static JsonNode read() {
    try (InputStream in = AmpGoldenTest.class.getResourceAsStream("pytorch.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Map<String, UnaryOperator<Tensor>> operations() {
    Map<String, UnaryOperator<Tensor>> out = new LinkedHashMap<>();
    Tensor classes = Tensor.of(0L, 1L, 2L, 3L);
    out.put("matmul", a -> a.matmul(a));
    out.put("mm", a -> a.mm(a));
    out.put("bmm", a -> a.unsqueeze(0).bmm(a.unsqueeze(0)));
    out.put("addmm", a -> a.addmm(a, a));
    out.put("baddbmm", a -> a.unsqueeze(0).baddbmm(a.unsqueeze(0), a.unsqueeze(0)));
    out.put("linear", a -> Functional.linear(a, a, a.select(0, 0)));
    out.put("linear without bias", a -> Functional.linear(a, a, null));
    out.put("einsum", a -> Tensor.einsum("ij,jk", a, a));
    out.put("multi_dot", a -> Linalg.multiDot(a, a, a));
    out.put("outer", a -> a.select(0, 0).outer(a.select(0, 0)));
    out.put("add", a -> a.add(a));
    out.put("relu", Tensor::relu);
    out.put("gelu", Tensor::gelu);
    out.put("exp", Tensor::exp);
    out.put("log", a -> a.abs().log());
    out.put("pow", a -> a.abs().pow(1.5));
    out.put("softmax", a -> a.softmax(-1));
    out.put("log_softmax", a -> a.logSoftmax(-1));
    out.put("sum", Tensor::sum);
    out.put("mean", Tensor::mean);
    out.put("var", Tensor::var);
    out.put("cumsum", a -> a.cumsum(0));
    out.put("logsumexp", a -> a.logsumexp(0));
    out.put("prod", Tensor::prod);
    out.put("cat", a -> Tensor.cat(0, a, a));
    out.put("stack", a -> Tensor.stack(0, a, a));
    out.put("cat with float32", a -> Tensor.cat(0, a, Tensor.ones(Shape.of(4, 4))));
    out.put(
        "layer_norm",
        a -> a.layerNorm(a.select(0, 0).onesLike(), a.select(0, 0).zerosLike(), 1e-5));
    out.put("group_norm", a -> Functional.groupNorm(a.unsqueeze(0), 2, null, null, 1e-5));
    out.put("rms_norm", a -> Functional.rmsNorm(a, Shape.of(4), null, null));
    out.put("conv1d", a -> Functional.conv1d(a.unsqueeze(0), a.unsqueeze(2), null));
    out.put(
        "conv_transpose1d", a -> Functional.convTranspose1d(a.unsqueeze(0), a.unsqueeze(2), null));
    out.put("attention", a -> attention(a.reshape(1, 1, 4, 4)));
    out.put("prelu", a -> Functional.prelu(a, a.narrow(0, 0, 1).reshape(4).narrow(0, 0, 1)));
    out.put("cdist", a -> a.cdist(a));
    out.put("trace", Tensor::trace);
    out.put("quantile", a -> a.quantile(0.5));
    out.put("inv", Linalg::inv);
    out.put("solve", a -> Linalg.solve(a, a));
    out.put("qr", a -> Linalg.qr(a).q());
    out.put("svd", a -> Linalg.svdvals(a));
    out.put("eigh", a -> Linalg.eigvalsh(a));
    out.put("cholesky", a -> Linalg.cholesky(Tensor.eye(4).to(a.dtype())));
    out.put("fft", a -> io.arclight.tensor.Fft.fft(a));
    out.put("mse_loss", a -> Functional.mseLoss(a, a, Reduction.MEAN));
    out.put("l1_loss", a -> Functional.l1Loss(a, a, Reduction.MEAN));
    out.put("cross_entropy", a -> Functional.crossEntropy(a, classes));
    out.put(
        "binary_cross_entropy_with_logits",
        a -> Functional.binaryCrossEntropyWithLogits(a, a.sigmoid(), Reduction.MEAN));
    return out;
  }

  private static Tensor attention(Tensor a) {
    return Functional.scaledDotProductAttention(a, a, a);
  }

  private static String name(Tensor t) {
    return t.dtype().name().toLowerCase(Locale.ROOT);
  }

  @Test
  void dtypesByOperation() {
    Tensor base = Tensor.rand(Shape.of(4, 4));
    for (DType lower : List.of(DType.BFLOAT16, DType.FLOAT16)) {
      JsonNode golden = GOLDEN.get(lower.name().toLowerCase(Locale.ROOT));
      assertThat(golden.size()).isEqualTo(operations().size());
      operations()
          .forEach(
              (op, f) -> {
                List<String> actual = new ArrayList<>();
                for (DType dtype : List.of(DType.FLOAT32, lower, DType.FLOAT64)) {
                  try (Context.Restore mode = Autocast.autocast(lower)) {
                    actual.add(name(f.apply(base.to(dtype))));
                  }
                }
                List<String> expected = new ArrayList<>();
                golden.get(op).forEach(d -> expected.add(d.asText()));
                assertThat(actual).as(lower + " " + op).isEqualTo(expected);
              });
    }
  }

  @Test
  void dtypesOfModels() {
    model(
        "mlp",
        Tensor.rand(Shape.of(3, 4)),
        new Linear(4, 8),
        new LayerNorm(8),
        new ReLU(),
        new Linear(8, 2));
    model(
        "cnn",
        Tensor.rand(Shape.of(3, 2, 6)),
        new Conv1d(2, 4, 3),
        new BatchNorm1d(4),
        new ReLU(),
        new Flatten(),
        new Linear(16, 2));
  }

  private static void model(String name, Tensor x, Layer... parts) {
    Sequential model = new Sequential(parts);
    List<String> seen = new ArrayList<>();
    model.forEach(
        part ->
            part.registerForwardHook(
                (m, in, out) -> {
                  seen.add(name(out[0]));
                  return null;
                }));
    Tensor y;
    try (Context.Restore mode = Autocast.autocast()) {
      y = model.call(x);
    }
    y.sum().backward();
    List<String> outputs = new ArrayList<>();
    GOLDEN.get(name).get("outputs").forEach(d -> outputs.add(d.asText()));
    List<String> grads = new ArrayList<>();
    GOLDEN.get(name).get("grads").forEach(d -> grads.add(d.asText()));
    assertThat(seen).isEqualTo(outputs);
    assertThat(model.parameters().stream().map(p -> name(p.grad())).toList()).isEqualTo(grads);
    model.eval();
    seen.clear();
    try (Context.Restore mode = Autocast.autocast()) {
      model.call(x);
    }
    assertThat(seen).isEqualTo(outputs);
  }

  @Test
  void recurrentLayersTakeWhatProductsGive() {
    recurrent(new GRU(4, 3));
    recurrent(new LSTM(4, 3));
    recurrent(new RNN(4, 3));
  }

  private static void recurrent(RNNBase<?, ?> layer) {
    Tensor x = Tensor.rand(Shape.of(2, 5, 4));
    try (Context.Restore mode = Autocast.autocast()) {
      assertThat(name(layer.call(x).output())).isEqualTo("float32");
      Tensor y = layer.call(x.to(DType.BFLOAT16)).output();
      assertThat(name(y)).isEqualTo("bfloat16");
      y.sum().backward();
    }
    assertThat(layer.parameters()).allMatch(p -> p.grad().dtype() == DType.FLOAT32);
  }

  @Test
  void scalerKeepsPyTorchsSchedule() {
    schedule("short", new GradScaler().growthInterval(3));
    schedule(
        "other",
        new GradScaler().initScale(1000).growthFactor(1.7).backoffFactor(0.3).growthInterval(2));
    schedule("largest", new GradScaler().initScale(Math.pow(2, 127)).growthInterval(1));
    schedule("defaults", new GradScaler());
  }

  private static void schedule(String name, GradScaler scaler) {
    JsonNode golden = GOLDEN.get("scaler").get(name);
    GradScaler now = scaler;
    List<Tensor> parameters = new ArrayList<>();
    List<SGD> optimizers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      parameters.add(Tensor.zeros(Shape.of(2)).requiresGrad(true));
      optimizers.add(new SGD(List.of(parameters.get(i)), 1));
    }
    for (int t = 0; t < golden.get("rows").size(); t++) {
      JsonNode row = golden.get("rows").get(t);
      for (int i = 0; i < 2; i++) {
        float first = t == 4 ? Float.NaN : Float.POSITIVE_INFINITY;
        boolean breaks = (t == 3 || t == 4 || t == 11) && i == 1;
        Tensor grad = now.scale(Tensor.of(1f, 2f));
        parameters.get(i).grad(breaks ? Tensor.of(first, (float) grad.select(0, 1).item()) : grad);
      }
      if (t % 3 == 0) {
        now.unscale(optimizers.get(0));
      }
      for (int i = 0; i < 2; i++) {
        boolean made = now.step(optimizers.get(i));
        if (i == 1 && (t == 3 || t == 4 || t == 11)) {
          assertThat(made).isFalse();
        }
      }
      now.update();
      if (t == 15) {
        now.update(3);
      }
      assertThat(now.scale()).as(name + " at " + t).isEqualTo(row.get(0).asDouble());
      for (int i = 0; i < 2; i++) {
        assertThat(parameters.get(i).select(0, 0).item())
            .as(name + " parameter " + i + " at " + t)
            .isCloseTo(row.get(i + 1).asDouble(), within(1e-6));
      }
      if (t == 9) {
        GradScaler next = new GradScaler();
        next.loadStateDict(now.stateDict());
        now = next;
      }
    }
    Map<String, Object> state = now.stateDict();
    assertThat(state).hasSize(golden.get("state").size());
    state.forEach(
        (key, value) ->
            assertThat(((Number) value).doubleValue())
                .as(key)
                .isEqualTo(golden.get("state").get(key).asDouble()));
  }
}
