package io.arclight.jobs;

import io.arclight.spark.feed.BadRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * What the data says of a model: elements of a row and classes.
 *
 * @param classes values of the label in order; empty for a regression
 */
record ModelInputs(long width, List<Object> classes) {
  private static final int MOST_CLASSES = 10_000;

  /** Outputs of the model. */
  long outputs() {
    return classes.isEmpty() ? 1 : classes.size();
  }

  static ModelInputs of(
      Dataset<Row> data,
      List<String> features,
      String label,
      TrainCommand.Task task,
      BadRows badRows) {
    requireColumn(data, label, "--label");
    features.forEach(f -> requireColumn(data, f, "--features"));
    List<Object> classes =
        task == TrainCommand.Task.CLASSIFICATION ? classes(data, label, badRows) : List.of();
    return new ModelInputs(
        features.size() > 1 ? features.size() : width(data, features.get(0)), classes);
  }

  private static void requireColumn(Dataset<Row> data, String column, String option) {
    if (!Arrays.asList(data.columns()).contains(column)) {
      throw new JobException(
          option
              + ": column '"
              + column
              + "' does not exist; the columns are "
              + Arrays.toString(data.columns()));
    }
  }

  private static long width(Dataset<Row> data, String feature) {
    Column column = data.col(Sql.name(feature));
    List<Row> first = data.filter(column.isNotNull()).select(column).takeAsList(1);
    if (first.isEmpty()) {
      throw new JobException("there is no row with a value in column '" + feature + "'");
    }
    Object value = first.get(0).get(0);
    if (value instanceof byte[] bytes) {
      return bytes.length;
    }
    if (value instanceof Vector vector) {
      return vector.size();
    }
    return value instanceof Number || value instanceof Boolean ? 1 : first.get(0).getList(0).size();
  }

  private static List<Object> classes(Dataset<Row> data, String label, BadRows badRows) {
    Column column = data.col(Sql.name(label));
    List<Row> rows =
        data.select(column)
            .distinct()
            .orderBy(functions.col(Sql.name(label)))
            .takeAsList(MOST_CLASSES + 1);
    if (rows.size() > MOST_CLASSES) {
      throw new JobException(
          "column '"
              + label
              + "' has more than "
              + MOST_CLASSES
              + " values: is it a number to predict? Then use --task regression");
    }
    List<Object> values = new ArrayList<>();
    for (Row row : rows) {
      if (!row.isNullAt(0)) {
        values.add(row.get(0));
      } else if (badRows == BadRows.FAIL) {
        long nulls = data.filter(column.isNull()).count();
        throw new JobException(
            "column '"
                + label
                + "' is null in "
                + nulls
                + " rows: filter them out, or leave them out with --bad-rows skip");
      }
    }
    if (values.isEmpty()) {
      throw new JobException("there are no rows to train on");
    }
    return values;
  }
}
