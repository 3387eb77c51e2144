package io.arclight.data;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

/** Named tensors of the same number of rows, in order, and the ids of those rows. */
public final class Batch implements AutoCloseable, Scope.Owner {
  private final Map<String, Tensor> columns;
  private final Tensor sampleIds;

  /**
   * @param columns each [n, ...]
   * @param sampleIds int64 [n]: what identifies a sample whatever the number of workers
   * @throws ShapeException if the numbers of rows differ
   */
  public Batch(Map<String, Tensor> columns, Tensor sampleIds) {
    this.columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    this.sampleIds = sampleIds;
    if (sampleIds.rank() != 1 || sampleIds.dtype() != DType.INT64) {
      throw new ShapeException(
          "sampleIds must be int64 [n], got " + sampleIds.dtype() + " " + sampleIds.shape());
    }
    columns.forEach(
        (name, tensor) -> {
          if (tensor.rank() == 0 || tensor.dim(0) != sampleIds.dim(0)) {
            throw new ShapeException(
                "the batch has "
                    + sampleIds.dim(0)
                    + " rows, but '"
                    + name
                    + "' has shape "
                    + tensor.shape());
          }
        });
  }

  /** How many samples there are. */
  public long rows() {
    return sampleIds.dim(0);
  }

  /** The samples' identities, int64 [rows]. */
  public Tensor sampleIds() {
    return sampleIds;
  }

  /** All tensors by name, in order. */
  public Map<String, Tensor> columns() {
    return columns;
  }

  /**
   * The tensor called {@code name}.
   *
   * @throws NoSuchElementException listing the names there are
   */
  public Tensor get(String name) {
    Tensor tensor = columns.get(name);
    if (tensor == null) {
      StringBuilder known = new StringBuilder();
      columns.forEach(
          (k, t) ->
              known
                  .append(known.length() == 0 ? "" : ", ")
                  .append(k)
                  .append(' ')
                  .append(t.dtype())
                  .append(' ')
                  .append(t.shape()));
      throw new NoSuchElementException("no column '" + name + "' in the batch; it has: " + known);
    }
    return tensor;
  }

  /** This batch on {@code device}; itself where it is there already. */
  public Batch to(Device device) {
    if (sampleIds.device().equals(device)
        && columns.values().stream().allMatch(t -> t.device().equals(device))) {
      return this;
    }
    Map<String, Tensor> moved = new LinkedHashMap<>();
    columns.forEach((name, tensor) -> moved.put(name, tensor.to(device)));
    return new Batch(moved, sampleIds.to(device));
  }

  @Override
  public void forEachStorage(Consumer<Storage> action) {
    columns.values().forEach(tensor -> tensor.forEachStorage(action));
    sampleIds.forEachStorage(action);
  }

  /** Gives the memory back now. */
  @Override
  public void close() {
    columns.values().forEach(Tensor::close);
    sampleIds.close();
  }

  @Override
  public String toString() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    columns.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return "Batch" + shapes;
  }
}
