package io.arclight.spark.sql;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.InputSpec;
import io.arclight.export.Labels;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Models of the columns x float and y double that were not trained. */
final class Models {
  private Models() {}

  static Program save(Path folder, Layer model, Labels labels) throws IOException {
    return saveAs(
        folder,
        model,
        in -> Map.of(Program.OUTPUT, model.call(in.get("features"))),
        features().labels(labels));
  }

  /** A model that gives {@code value} whatever it gets. */
  static void saveConstant(Path folder, double value) throws IOException {
    saveAs(
            folder,
            Linear.of(2, 1),
            in -> Map.of(Program.OUTPUT, in.get("features").sum(1).mul(0).add(value)),
            features())
        .close();
  }

  private static Signature features() {
    InputSpec features =
        InputSpec.of("features", DType.FLOAT32, Shape.of(2))
            .columns(
                List.of(new InputSpec.Column("x", "float"), new InputSpec.Column("y", "double")));
    return Signature.of(features);
  }

  static Program saveAs(
      Path folder,
      Module model,
      Function<Map<String, Tensor>, Map<String, Tensor>> forward,
      Signature signature)
      throws IOException {
    Program program = Program.trace(model, forward, signature);
    program.save(LocalBlobStore.at(folder));
    return program;
  }

  /** The output for rows of two features. */
  static Tensor run(Program program, float[] features) {
    Tensor in = Tensor.of(features, Shape.of(features.length / 2, 2));
    return program.run(Map.of("features", in)).get(Program.OUTPUT);
  }
}
