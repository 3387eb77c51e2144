package io.arclight.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.HuggingFaceFolder;
import io.arclight.export.ModelConfig;
import io.arclight.export.TorchFile;
import io.arclight.nn.Functional;
import io.arclight.optim.Adam;
import io.arclight.optim.Optimizer;
import io.arclight.tensor.DType;
import io.arclight.tensor.PageExamples;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of {@code docs/models}: they stand here, run, and are those of the pages. */
@Timeout(120)
class ModelPagesTest {
  private static final Path PAGES = Path.of("..", "docs", "models");
  private static final Path[] SOURCES = {
    Path.of("src/test/java/io/arclight/models/ModelPagesTest.java"),
    Path.of("../it/src/test/java/io/arclight/it/showcase/Housing.java")
  };

  @TempDir private Path temporary;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void thePagesHaveTheseExamples() throws IOException {
    try (Stream<Path> pages = Files.list(PAGES)) {
      for (Path page : pages.toList()) {
        int count = PageExamples.requireIn(page, SOURCES);
        assertThat(count > 0 || page.endsWith("README.md")).as(page + " has examples").isTrue();
      }
    }
  }

  private static long[] sizes(Tensor t) {
    return t.shape().toArray();
  }

  @Test
  void lenet() {
    Tensor digits = Tensor.rand(Shape.of(2, 1, 28, 28));
    LeNet model = new LeNet();
    Tensor logits = model.call(digits);
    assertThat(sizes(logits)).containsExactly(2, 10);
    assertThat(model.parameters().stream().mapToLong(Tensor::elements).sum()).isEqualTo(61_706);
  }

  @Test
  void resnet() throws IOException {
    Path checkpoint = temporary.resolve("resnet18.pt");
    TorchFile.save(checkpoint, Map.of("state_dict", ResNet.resnet18(1000).stateDict()));
    ResNet model = ResNet.resnet18(1000);
    model.loadStateDict(TorchFile.load(checkpoint).stateDict());
    model.requiresGrad(false);
    model.replaceHead(5);
    Optimizer optimizer = new Adam(model.parameters(), 1e-3); // frozen ones stay as they are
    assertThat(optimizer).isNotNull();
    Tensor images = Tensor.rand(Shape.of(2, 3, 32, 32));
    assertThat(sizes(model.features(images))).containsExactly(2, 512);
    assertThat(sizes(model.call(images))).containsExactly(2, 5);
  }

  @Test
  void mobilenet() {
    Tensor images = Tensor.rand(Shape.of(2, 3, 32, 32));
    MobileNetV2 model = new MobileNetV2(10, 0.5);
    Tensor logits = model.call(images);
    assertThat(sizes(logits)).containsExactly(2, 10);
  }

  @Test
  void efficientnet() {
    Tensor images = Tensor.rand(Shape.of(2, 3, 32, 32));
    EfficientNet model = EfficientNet.b0(10);
    Tensor logits = model.call(images);
    assertThat(sizes(logits)).containsExactly(2, 10);
  }

  @Test
  void vit() throws IOException {
    Path folder = temporary.resolve("vit");
    Map<String, Object> settings =
        Map.of(
            "hidden_size",
            16,
            "num_hidden_layers",
            1,
            "num_attention_heads",
            2,
            "intermediate_size",
            8,
            "image_size",
            8,
            "patch_size",
            4);
    ModelConfig config = ModelConfig.of(settings);
    Map<String, Tensor> state = new Vit(VitConfig.of(config)).stateDict();
    HuggingFaceFolder.save(LocalBlobStore.at(folder), config, state, Long.MAX_VALUE);
    Tensor images = Tensor.rand(Shape.of(2, 3, 32, 32));
    Vit.load(HuggingFaceFolder.at(folder)); // such as google/vit-base-patch16-224
    Vit small = new Vit(VitConfig.of(64, 4, 4, 128, 32, 8, 10));
    Tensor logits = small.call(images);
    assertThat(sizes(logits)).containsExactly(2, 10);
  }

  @Test
  void unet() {
    Tensor images = Tensor.rand(Shape.of(2, 3, 16, 24));
    Tensor mask = Tensor.zeros(Shape.of(2, 16, 24), DType.INT64);
    UNet model = new UNet(3, 2, 16, 3); // 16 channels at full size, halved three times
    Tensor loss = Functional.crossEntropy(model.call(images), mask); // classes int64 [n, h, w]
    assertThat(loss.item()).isBetween(0.1, 3.0);
  }

  @Test
  void gpt2() {
    Tensor prompt = Tensor.of(1L, 2, 3).unsqueeze(0);
    Gpt2 model =
        new Gpt2(Gpt2Config.of(65, 128, 128, 4, 4)); // vocabulary, positions, width, layers, heads
    model.eval();
    Tensor text = new Generation(model).maxNewTokens(20).sample(42).topK(40).generate(prompt);
    assertThat(sizes(text)).containsExactly(1, 23);
  }

  @Test
  void llama() {
    Tensor prompt = Tensor.of(1L, 2, 3).unsqueeze(0);
    Llama model =
        new Llama(LlamaConfig.of(1000, 64, 128, 2, 4, 2)); // ... heads, heads of keys and values
    Tensor text = new Generation(model).maxNewTokens(20).generate(prompt);
    assertThat(sizes(text)).containsExactly(1, 23);
  }

  @Test
  void bert() throws IOException {
    Map<String, Object> settings =
        Map.of(
            "vocab_size",
            20,
            "hidden_size",
            16,
            "num_hidden_layers",
            1,
            "num_attention_heads",
            2,
            "intermediate_size",
            8);
    ModelConfig config = ModelConfig.of(settings);
    var pretrained = new BertHeads.MaskedLM(BertConfig.of(config));
    Map<String, Tensor> state = new java.util.LinkedHashMap<>(pretrained.stateDict());
    state.keySet().removeIf(name -> name.contains("decoder"));
    HuggingFaceFolder.save(LocalBlobStore.at(temporary), config, state, Long.MAX_VALUE);
    HuggingFaceFolder folder = HuggingFaceFolder.at(temporary);
    Tensor tokens = Tensor.of(1L, 2, 3, 0).unsqueeze(0);
    Tensor mask = tokens.ne(0);
    var model = new BertHeads.SequenceClassification(BertConfig.of(folder.config()), 2);
    Set<String> untrained =
        BertHeads.load(model, folder); // pooler and classifier, if it was a masked LM
    Tensor logits = model.call(tokens, mask, null);
    assertThat(untrained).hasSize(4);
    assertThat(sizes(logits)).containsExactly(1, 2);
  }

  @Test
  void t5() {
    Tensor question = Tensor.of(5L, 6, 7).unsqueeze(0);
    Tensor answer = Tensor.of(0L, 8).unsqueeze(0);
    T5 model =
        new T5(T5Config.of(1000, 64, 16, 128, 2, 4)); // vocabulary, width, head, hidden, layers
    Tensor logits = model.call(question, null, answer); // answer begins with the start token
    Tensor drawn =
        new Generation(model.decoder(question, null)).eos(1).generate(model.start(question.dim(0)));
    assertThat(sizes(logits)).containsExactly(1, 2, 1000);
    assertThat(drawn.dim(1)).isBetween(2L, 21L);
  }

  @Test
  void tables() {
    Tensor numbers = Tensor.rand(Shape.of(4, 2));
    Tensor categories = Tensor.zeros(Shape.of(4, 2), DType.INT64);
    WideAndDeep model =
        new WideAndDeep(2, new long[] {3, 5}, 8, 64, 32); // numbers, cardinalities, width
    Tensor logits = model.call(numbers, categories); // [n]
    assertThat(sizes(logits)).containsExactly(4);
  }

  @Test
  void vae() {
    Tensor pixels = Tensor.rand(Shape.of(4, 784));
    Vae model = new Vae(784, 400, 20);
    Tensor loss = model.loss(pixels, model.call(pixels)); // reconstruction and divergence, a sample
    Tensor drawn = model.decode(Tensor.randn(Shape.of(16, 20)));
    assertThat(loss.item()).isPositive();
    assertThat(sizes(drawn)).containsExactly(16, 784);
  }

  @Test
  void dcgan() {
    Dcgan.Generator generator =
        new Dcgan.Generator(100, 32, 1, 32); // latent, width, channels, size
    Dcgan.Discriminator discriminator = new Dcgan.Discriminator(32, 1, 32);
    Tensor fake = generator.call(Tensor.randn(Shape.of(4, 100, 1, 1))); // [4, 1, 32, 32]
    Tensor real = discriminator.call(fake); // a logit each
    assertThat(sizes(fake)).containsExactly(4, 1, 32, 32);
    assertThat(sizes(real)).containsExactly(4);
  }

  @Test
  void audio() {
    Tensor waves = Tensor.rand(Shape.of(2, 4000));
    AudioCnn model = new AudioCnn(8000, 10); // samples a second, classes
    Tensor logits = model.call(waves);
    assertThat(sizes(logits)).containsExactly(2, 10);
  }
}
