package io.arclight.data;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Samples held in tensors on the CPU, one a row. */
public final class TensorDataset implements Dataset<Map<String, Tensor>> {
  private final Batch all;

  /**
   * @param columns each [n, ...]
   */
  public TensorDataset(Map<String, Tensor> columns) {
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("TensorDataset: needs at least one tensor");
    }
    all = new Batch(columns, Tensor.arange(columns.values().iterator().next().dim(0)));
    all.forEachStorage(storage -> storage.keep());
  }

  /** Two columns, such as features and label. */
  public static TensorDataset of(String first, Tensor x, String second, Tensor y) {
    Map<String, Tensor> columns = new LinkedHashMap<>();
    columns.put(first, x);
    columns.put(second, y);
    return new TensorDataset(columns);
  }

  @Override
  public long size() {
    return all.rows();
  }

  /** Views of row {@code index}. */
  @Override
  public Map<String, Tensor> get(long index) {
    Samples.require(index, size());
    Map<String, Tensor> row = new LinkedHashMap<>();
    all.columns().forEach((name, tensor) -> row.put(name, tensor.select(0, index)));
    return row;
  }

  @Override
  public Batch batch(long[] indices) {
    for (long index : indices) {
      Samples.require(index, size());
    }
    Tensor ids = Tensor.of(indices, Shape.of(indices.length));
    Map<String, Tensor> rows = new LinkedHashMap<>();
    all.columns().forEach((name, tensor) -> rows.put(name, tensor.indexSelect(0, ids)));
    return new Batch(rows, ids);
  }
}
