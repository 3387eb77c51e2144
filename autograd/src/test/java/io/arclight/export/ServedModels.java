package io.arclight.export;

import static io.arclight.export.ServedCase.Input.floats;
import static io.arclight.export.ServedCase.Input.ids;
import static io.arclight.export.ServedCase.layer;
import static io.arclight.export.ServedCase.module;
import static io.arclight.export.ServedCase.several;

import io.arclight.export.ServedCase.Input;
import io.arclight.models.AudioCnn;
import io.arclight.models.Bert;
import io.arclight.models.BertConfig;
import io.arclight.models.BertHeads;
import io.arclight.models.Dcgan;
import io.arclight.models.DeepFm;
import io.arclight.models.Dlrm;
import io.arclight.models.EfficientNet;
import io.arclight.models.Gpt2;
import io.arclight.models.Gpt2Config;
import io.arclight.models.LeNet;
import io.arclight.models.Llama;
import io.arclight.models.LlamaConfig;
import io.arclight.models.MelSpectrogram;
import io.arclight.models.Mlp;
import io.arclight.models.MobileNetV2;
import io.arclight.models.ResNet;
import io.arclight.models.T5;
import io.arclight.models.T5Config;
import io.arclight.models.TabularMlp;
import io.arclight.models.UNet;
import io.arclight.models.Vae;
import io.arclight.models.Vit;
import io.arclight.models.VitConfig;
import io.arclight.models.WideAndDeep;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.optim.AveragedModel;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A case or more for every model of the zoo. */
final class ServedModels {
  private static final long[] CATEGORIES = {3, 3};
  private static final int TOKENS = 6;
  private static final int VOCABULARY = 23;
  private static final Input WORDS = ids(VOCABULARY, TOKENS);
  private static final Input KINDS = ids(2, TOKENS);

  private ServedModels() {}

  static List<ServedCase<?>> all() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.addAll(images());
    out.addAll(tables());
    out.addAll(language());
    out.addAll(bert());
    return out;
  }

  private static List<ServedCase<?>> images() {
    return List.of(
        layer(LeNet::new, floats(1, 28, 28)),
        layer(() -> ResNet.small(4, 1, 10), floats(3, 16, 16)),
        layer(() -> ResNet.resnet18(5), floats(3, 32, 32)),
        layer(() -> new MobileNetV2(5, 0.25), floats(3, 32, 32)),
        layer(() -> EfficientNet.b0(5), floats(3, 32, 32)),
        layer(() -> new UNet(2, 3, 4, 2), floats(2, 8, 12)),
        layer(() -> new Dcgan.Generator(5, 4, 1, 32), floats(5, 1, 1)),
        layer(() -> new Dcgan.Discriminator(4, 1, 32), floats(1, 32, 32)),
        layer(() -> new Vit(VitConfig.of(16, 2, 2, 24, 8, 4, 5)), floats(3, 8, 8)),
        several(
            () -> new Vae(12, 9, 4),
            (m, in) -> {
              Vae.Output out = m.call(in[0]);
              return new Tensor[] {out.logits(), out.mean(), out.logVariance()};
            },
            floats(12)),
        layer(() -> new AudioCnn(8000, 10), floats(4000)),
        layer(() -> new MelSpectrogram(8000, 256, 128, 32), floats(4000)));
  }

  private static List<ServedCase<?>> tables() {
    Input numbers = floats(2);
    Input categories = ids(3, 2);
    return List.of(
        layer(() -> new Mlp(4, 8, 3), floats(4)),
        layer(
            () -> {
              Layer model = new Linear(4, 3);
              AveragedModel averaged = new AveragedModel(model, () -> new Linear(4, 3));
              averaged.updateParameters(model);
              return averaged;
            },
            floats(4)),
        module(
            () -> new TabularMlp(2, CATEGORIES, 3, 8, 2),
            (m, in) -> m.call(in[0], in[1]),
            numbers,
            categories),
        module(
            () -> new WideAndDeep(2, CATEGORIES, 3, 8),
            (m, in) -> m.call(in[0], in[1]),
            numbers,
            categories),
        module(
            () -> new DeepFm(2, CATEGORIES, 3, 8),
            (m, in) -> m.call(in[0], in[1]),
            numbers,
            categories),
        module(
            () -> new Dlrm(2, CATEGORIES, 3, new long[] {6}, new long[] {7}),
            (m, in) -> m.call(in[0], in[1]),
            numbers,
            categories));
  }

  private static List<ServedCase<?>> language() {
    return List.of(
        layer(() -> new Gpt2(Gpt2Config.of(VOCABULARY, 8, 8, 2, 2)), WORDS),
        module(
            () -> new Gpt2(Gpt2Config.of(VOCABULARY, 8, 8, 2, 2)),
            (m, in) -> m.logits(in[0], mask(in[1]), null),
            WORDS,
            KINDS),
        layer(() -> new Llama(LlamaConfig.of(VOCABULARY, 8, 12, 2, 4, 2)), WORDS),
        module(
            () -> new Llama(LlamaConfig.of(VOCABULARY, 8, 12, 2, 4, 2)),
            (m, in) -> m.logits(in[0], mask(in[1]), null),
            WORDS,
            KINDS),
        module(
            () -> new T5(T5Config.of(VOCABULARY, 8, 4, 12, 2, 2)),
            (m, in) -> m.call(in[0], mask(in[1]), in[2]),
            WORDS,
            KINDS,
            ids(VOCABULARY, 4)),
        module(
            () -> new T5(T5Config.of(VOCABULARY, 8, 4, 12, 1, 2)),
            (m, in) -> m.encode(in[0], null),
            WORDS));
  }

  /** Of a column of 0 and 1; the first token is never padding. */
  private static Tensor mask(Tensor column) {
    return column.ne(0).logicalOr(Tensor.arange(TOKENS).eq(0));
  }

  private static BertConfig config() {
    return BertConfig.of(VOCABULARY, 8, 2, 2, 12, 10);
  }

  private static List<ServedCase<?>> bert() {
    List<ServedCase<?>> out = new ArrayList<>();
    out.add(
        several(
            () -> new Bert(config()),
            (m, in) -> {
              Bert.Output features = m.call(in[0], mask(in[1]), in[2]);
              return new Tensor[] {features.lastHiddenState(), features.pooled()};
            },
            WORDS,
            KINDS,
            KINDS));
    out.add(head(new BertHeads.MaskedLM(config())));
    out.add(head(new BertHeads.QuestionAnswering(config())));
    out.add(head(new BertHeads.SequenceClassification(config(), 3)));
    out.add(head(new BertHeads.TokenClassification(config(), 3)));
    out.add(layer(() -> new BertHeads.SequenceClassification(config(), 3), WORDS));
    return out;
  }

  private static ServedCase<BertHeads.Head> head(BertHeads.Head model) {
    return module(() -> model, (m, in) -> m.call(in[0], mask(in[1]), in[2]), WORDS, KINDS, KINDS);
  }
}
