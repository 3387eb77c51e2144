package io.arclight.jobs;

import io.arclight.export.InputSpec;
import io.arclight.export.Signature;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** How well a saved model does on labelled rows, computed in SQL. */
record Evaluation(
    long rows, double accuracy, double error, List<String> classes, long[][] confusion) {
  private static final int WIDEST = 24;

  static Evaluation of(
      SparkSession spark, Dataset<Row> data, String model, Signature signature, String label) {
    data.createOrReplaceTempView("arclight_evaluation");
    String call = call(model, signature);
    if (signature.labels() == null) {
      Row row =
          spark
              .sql(
                  "SELECT count(*), avg(power("
                      + Sql.name(label)
                      + " - "
                      + call
                      + ", 2)) FROM arclight_evaluation")
              .first();
      requireRows(row.getLong(0));
      return new Evaluation(row.getLong(0), Double.NaN, row.getDouble(1), List.of(), new long[0][]);
    }
    List<Row> counts =
        spark
            .sql(
                "SELECT string("
                    + Sql.name(label)
                    + "), string("
                    + call
                    + "), count(*) FROM arclight_evaluation GROUP BY 1, 2")
            .collectAsList();
    Map<String, Integer> index = new LinkedHashMap<>();
    signature.labels().values().forEach(v -> index.put(String.valueOf(v), index.size()));
    for (Row row : counts) {
      index.putIfAbsent(String.valueOf(row.get(0)), index.size());
      index.putIfAbsent(String.valueOf(row.get(1)), index.size());
    }
    long[][] confusion = new long[index.size()][index.size()];
    long total = 0;
    long right = 0;
    for (Row row : counts) {
      int actual = index.get(String.valueOf(row.get(0)));
      int predicted = index.get(String.valueOf(row.get(1)));
      confusion[actual][predicted] += row.getLong(2);
      total += row.getLong(2);
      right += actual == predicted ? row.getLong(2) : 0;
    }
    requireRows(total);
    return new Evaluation(
        total, (double) right / total, Double.NaN, new ArrayList<>(index.keySet()), confusion);
  }

  private static void requireRows(long rows) {
    if (rows == 0) {
      throw new JobException("there are no rows to evaluate");
    }
  }

  static String call(String model, Signature signature) {
    List<String> columns = new ArrayList<>();
    for (InputSpec input : signature.inputs()) {
      input.columns().forEach(c -> columns.add(Sql.name(c.name())));
    }
    return "predict(" + Sql.text(model) + ", " + String.join(", ", columns) + ")";
  }

  void print(PrintWriter out, String what) {
    out.println();
    if (classes.isEmpty()) {
      out.println(
          String.format(Locale.ROOT, "mean squared error on %d %s: %.6g", rows, what, error));
      return;
    }
    out.println(String.format(Locale.ROOT, "accuracy on %d %s: %.4f", rows, what, accuracy));
    if (classes.size() > WIDEST) {
      return;
    }
    int width = 6;
    for (String c : classes) {
      width = Math.max(width, c.length() + 1);
    }
    StringBuilder line = new StringBuilder("confusion matrix (rows: actual, columns: predicted)\n");
    line.append(" ".repeat(width));
    for (String c : classes) {
      line.append(String.format("%" + width + "s", c));
    }
    for (int i = 0; i < classes.size(); i++) {
      line.append(String.format("%n%" + width + "s", classes.get(i)));
      for (long n : confusion[i]) {
        line.append(String.format("%" + width + "s", n == 0 ? "." : Long.toString(n)));
      }
    }
    out.println(line);
  }
}
