package io.arclight.spark;

import io.arclight.data.Batch;
import io.arclight.nn.Module;
import io.arclight.nn.Reduction;
import io.arclight.optim.Optimizer;
import io.arclight.spark.feed.Field;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.OutOfMemoryException;
import io.arclight.tensor.SampleRandom;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.MemoryReport;
import io.arclight.tensor.memory.Scope;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes a step of training with a batch of zeros, as a rank would, to see what memory it needs.
 *
 * @param fields tensors of a batch
 * @param rows rows of the batch
 */
record MemoryProbe<M extends Module>(TrainingSpec<M> spec, List<Field> fields, int rows)
    implements Serializable {

  MemoryProbe {
    fields = List.copyOf(fields);
  }

  /**
   * What was seen.
   *
   * @param batch -1 where the model does not take zeros; {@code problem} says why
   */
  record Seen(long optimizer, long batch, String problem) implements Serializable {}

  /**
   * Takes the step in an executor that has {@code available} bytes, or an unknown number below 0;
   * null where that is too little.
   */
  Seen lookWithin(long available) {
    if (available > 0 && available < Memory.limit()) {
      Memory.limit(available);
    }
    try {
      return look();
    } catch (OutOfMemoryException e) {
      return null;
    }
  }

  /**
   * Takes the step here.
   *
   * @throws OutOfMemoryException where there is too little memory even for this
   */
  Seen look() {
    try (Context.Restore random = Context.current().generator(new Generator(spec.seed()));
        Scope scope = Scope.open()) {
      M model = spec.model().create();
      model.train();
      Optimizer optimizer = spec.optimizer().create(model.parameters());
      try {
        return look(model, optimizer);
      } catch (OutOfMemoryException e) {
        throw e;
      } catch (RuntimeException e) {
        return new Seen(0, -1, e.toString());
      } finally {
        // Gradients and the optimizer's state belong to nobody's scope.
        optimizer.stateDict().tensors().values().forEach(Tensor::close);
        for (Tensor parameter : model.parameters()) {
          Tensor gradient = parameter.grad();
          parameter.grad(null);
          if (gradient != null) {
            gradient.close();
          }
        }
      }
    }
  }

  private Seen look(M model, Optimizer optimizer) {
    long batch;
    try (MemoryReport.Tracking peaks = MemoryReport.trackPeaks();
        Scope scope = Scope.open()) {
      backward(model);
      batch = peaks.peakBytes();
    }
    try (Scope scope = Scope.open()) {
      optimizer.step();
    }
    long state = bytes(optimizer.stateDict().tensors().values());
    long gradients = trainable(model);
    return new Seen(state, Math.max(0, batch - gradients), null);
  }

  private void backward(M model) {
    Map<String, Tensor> columns = new LinkedHashMap<>();
    for (Field field : fields) {
      columns.put(field.name(), Tensor.zeros(field.shape(rows), field.dtype(), Device.CPU));
    }
    Tensor ids = Tensor.zeros(Shape.of(rows), DType.INT64, Device.CPU);
    Batch batch = spec.transformed(new Batch(columns, ids));
    SampleRandom samples = new SampleRandom(spec.seed(), 0, ids);
    try (Context.Restore keyed = Context.current().sampleRandom(samples)) {
      Tensor target = batch.get(spec.label());
      Tensor output = spec.output(model, batch, target);
      spec.loss().reduction(Reduction.SUM).forward(output, target).backward();
    }
  }

  /** Bytes of parameters and buffers. */
  static long weights(Module model) {
    return bytes(model.parameters()) + bytes(model.buffers());
  }

  /** Bytes of the parameters that have gradients. */
  static long trainable(Module model) {
    return bytes(model.parameters().stream().filter(Tensor::requiresGrad).toList());
  }

  private static long bytes(Iterable<Tensor> tensors) {
    long bytes = 0;
    for (Tensor tensor : tensors) {
      bytes += tensor.elements() * tensor.dtype().bytes();
    }
    return bytes;
  }
}
