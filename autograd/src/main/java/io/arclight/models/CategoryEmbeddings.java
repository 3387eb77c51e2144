package io.arclight.models;

import io.arclight.nn.Embedding;
import io.arclight.nn.Layer;
import io.arclight.nn.ModuleList;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** A table for each categorical column: int64 [n, columns] to [n, columns, size]. */
final class CategoryEmbeddings extends Layer {
  private final ModuleList<Embedding> tables = register("tables", new ModuleList<>());

  /** {@code cardinalities}: how many categories each column has, numbered from 0. */
  CategoryEmbeddings(long[] cardinalities, long size) {
    if (cardinalities.length == 0) {
      throw new IllegalArgumentException("no categorical columns: give their cardinalities");
    }
    for (long categories : cardinalities) {
      tables.append(new Embedding(categories, size));
    }
  }

  @Override
  public Tensor forward(Tensor categories) {
    if (categories.rank() != 2 || categories.dim(1) != tables.size()) {
      throw new ShapeException(
          "expects categories int64 [n, " + tables.size() + "], got " + categories.shape());
    }
    Tensor[] columns = new Tensor[tables.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = tables.get(i).call(categories.select(1, i));
    }
    return Tensor.stack(1, columns);
  }
}
