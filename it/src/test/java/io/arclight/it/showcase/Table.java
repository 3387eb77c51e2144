package io.arclight.it.showcase;

import com.univocity.parsers.common.record.Record;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Rows of a CSV file with a label of 0 or 1, numbers and categories, either of which may be
 * missing.
 */
record Table(List<Line> lines) {
  /** A row; NaN is a number that is missing, an empty text a category. */
  record Line(float label, double[] numbers, String[] categories) {}

  /**
   * Which columns are what.
   *
   * @param skewed numbers of which the logarithm is taken
   * @param initials categories of which only the first letter counts
   */
  record Columns(
      String label,
      List<String> numbers,
      List<String> categories,
      List<String> skewed,
      List<String> initials) {}

  static Table read(Path csv, Columns columns) {
    CsvParserSettings settings = new CsvParserSettings();
    settings.setHeaderExtractionEnabled(true);
    settings.setLineSeparatorDetectionEnabled(true);
    settings.setNullValue("");
    List<Line> lines = new ArrayList<>();
    for (Record row : new CsvParser(settings).parseAllRecords(csv.toFile())) {
      double[] numbers =
          columns.numbers().stream()
              .mapToDouble(name -> number(row.getString(name), columns.skewed().contains(name)))
              .toArray();
      String[] categories =
          columns.categories().stream()
              .map(name -> category(row.getString(name), columns.initials().contains(name)))
              .toArray(String[]::new);
      lines.add(new Line(Float.parseFloat(row.getString(columns.label())), numbers, categories));
    }
    return new Table(lines);
  }

  private static double number(String text, boolean skewed) {
    double value = text.isEmpty() ? Double.NaN : Double.parseDouble(text);
    return skewed ? Math.signum(value) * Math.log1p(Math.abs(value)) : value;
  }

  private static String category(String text, boolean initial) {
    return initial && !text.isEmpty() ? text.substring(0, 1) : text;
  }

  /** The rows at {@code places}. */
  Table rows(List<Integer> places) {
    return new Table(places.stream().map(lines::get).toList());
  }

  /**
   * Rows as tensors.
   *
   * @param numbers float32 [n, k]
   * @param categories int64 [n, c]
   * @param labels float32 [n]
   */
  record Encoded(Tensor numbers, Tensor categories, Tensor labels) {}

  /**
   * What the training rows say about numbers and categories. Numbers are standardised, missing ones
   * are 0 and marked in a column of their own; categories that are seen less than twice are number
   * 0.
   */
  static final class Encoder {
    private final int columns;
    private final double[] means;
    private final double[] deviations;
    private final List<Map<String, Long>> vocabularies = new ArrayList<>();

    Encoder(Table train) {
      columns = train.lines.get(0).numbers.length;
      means = new double[columns];
      deviations = new double[columns];
      for (int c = 0; c < columns; c++) {
        int column = c;
        double[] known =
            train.lines.stream()
                .mapToDouble(line -> line.numbers[column])
                .filter(v -> !Double.isNaN(v))
                .toArray();
        double mean = java.util.Arrays.stream(known).average().orElse(0);
        double variance =
            java.util.Arrays.stream(known).map(v -> (v - mean) * (v - mean)).average().orElse(0);
        means[c] = mean;
        deviations[c] = Math.sqrt(variance) + 1e-6;
      }
      for (int c = 0; c < train.lines.get(0).categories.length; c++) {
        vocabularies.add(vocabulary(train, c));
      }
    }

    private static Map<String, Long> vocabulary(Table train, int column) {
      Map<String, Integer> counts = new TreeMap<>();
      train.lines.forEach(line -> counts.merge(line.categories[column], 1, Integer::sum));
      Map<String, Long> out = new HashMap<>();
      counts.forEach(
          (name, count) -> {
            if (count > 1) {
              out.put(name, out.size() + 1L);
            }
          });
      return out;
    }

    /** Columns of numbers, marks of missing ones among them. */
    long numbers() {
      return 2L * columns;
    }

    long[] cardinalities() {
      return vocabularies.stream().mapToLong(v -> v.size() + 1).toArray();
    }

    Encoded encode(Table table) {
      int rows = table.lines.size();
      int kinds = vocabularies.size();
      float[] numbers = new float[rows * 2 * columns];
      long[] categories = new long[rows * kinds];
      float[] labels = new float[rows];
      for (int r = 0; r < rows; r++) {
        Line line = table.lines.get(r);
        labels[r] = line.label;
        for (int c = 0; c < columns; c++) {
          boolean missing = Double.isNaN(line.numbers[c]);
          int at = r * 2 * columns + 2 * c;
          numbers[at] = missing ? 0 : (float) ((line.numbers[c] - means[c]) / deviations[c]);
          numbers[at + 1] = missing ? 1 : 0;
        }
        for (int c = 0; c < kinds; c++) {
          categories[r * kinds + c] = vocabularies.get(c).getOrDefault(line.categories[c], 0L);
        }
      }
      return new Encoded(
          Tensor.of(numbers, Shape.of(rows, 2L * columns)),
          Tensor.of(categories, Shape.of(rows, kinds)),
          Tensor.of(labels));
    }
  }
}
