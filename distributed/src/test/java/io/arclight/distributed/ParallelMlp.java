package io.arclight.distributed;

import io.arclight.autograd.Autograd;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What the tests of data parallelism train, with the samples of a rank. It uses its side branch
 * only for batches of an even number of rows, its spare part never.
 */
final class ParallelMlp extends Layer {
  static final int INPUTS = 7;
  static final int CLASSES = 4;
  static final DataParallelSettings SMALL_BUCKETS =
      DataParallelSettings.defaults().withBucketBytes(64, 256);

  private final Linear first = register("first", new Linear(INPUTS, 16));
  private final Linear side = register("side", new Linear(16, 16));
  private final Linear last = register("last", new Linear(16, CLASSES));

  ParallelMlp(long seed) {
    register("spare", new Linear(2, 2));
    Random random = new Random(seed);
    try (var mode = Autograd.noGrad()) {
      for (Tensor parameter : parameters()) {
        parameter.copyInPlace(values(random, parameter.shape()));
      }
    }
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor hidden = first.call(x).relu();
    return last.call(x.dim(0) % 2 == 0 ? side.call(hidden) : hidden);
  }

  static Tensor values(Random random, Shape shape) {
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 3;
    }
    return Tensor.of(values, shape);
  }

  static Tensor inputs(int rank, int rows) {
    return values(new Random(100 + rank), Shape.of(rows, INPUTS));
  }

  static Tensor targets(int rank, int rows) {
    long[] classes = new Random(200 + rank).longs(rows, 0, CLASSES).toArray();
    return Tensor.of(classes, Shape.of(rows));
  }

  static List<float[]> gradients(Layer layer) {
    List<float[]> gradients = new ArrayList<>();
    for (Tensor parameter : layer.parameters()) {
      gradients.add(parameter.grad() == null ? null : parameter.grad().toFloats());
    }
    return gradients;
  }
}
