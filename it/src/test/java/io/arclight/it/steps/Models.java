package io.arclight.it.steps;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What {@code StepBenchmark} knows, by name. */
final class Models {
  private Models() {}

  static Map<String, Supplier<Model>> all() {
    Map<String, Supplier<Model>> all = new LinkedHashMap<>();
    all.put("mlp", MlpModel::new);
    all.put("cnn", () -> new CnnModel(PyTorchLayout.DEFAULT));
    all.put("cnn-last", () -> new CnnModel(PyTorchLayout.CHANNELS_LAST));
    all.put("gpt", () -> new GptModel(Kept.ALL));
    all.put("lstm", () -> RecurrentModel.LSTM);
    all.put("gru", () -> RecurrentModel.GRU);
    all.put("rnn", () -> RecurrentModel.RNN);
    all.put("resnet18", () -> new ResNetModel(PyTorchLayout.DEFAULT, Kept.ALL));
    all.put("resnet18-last", () -> new ResNetModel(PyTorchLayout.CHANNELS_LAST, Kept.ALL));
    return all;
  }
}
