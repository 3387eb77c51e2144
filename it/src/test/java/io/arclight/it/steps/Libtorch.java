package io.arclight.it.steps;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** What the models of libtorch share. */
final class Libtorch {
  private Libtorch() {}

  /** Parameters of several layers as one list. */
  static TensorVector all(TensorVector... layers) {
    TensorVector out = new TensorVector();
    for (TensorVector layer : layers) {
      for (long i = 0; i < layer.size(); i++) {
        out.push_back(layer.get(i));
      }
    }
    return out;
  }

  /** Targets of ten classes. */
  static Tensor classes(int batch) {
    return torch.randint(10, new long[] {batch}).to(torch.ScalarType.Long);
  }
}
