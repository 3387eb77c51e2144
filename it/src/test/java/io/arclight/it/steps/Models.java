package io.arclight.it.steps;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What {@code StepBenchmark} knows, by name. */
final class Models {
  private Models() {}

  static Map<String, Supplier<Model>> all() {
    Map<String, Supplier<Model>> all = new LinkedHashMap<>();
    all.put("mlp", () -> new MlpModel(64));
    all.put("mlp-256", () -> new MlpModel(256));
    all.put("gpt", GptModel::new);
    all.put("lstm", LstmModel::new);
    return all;
  }
}
