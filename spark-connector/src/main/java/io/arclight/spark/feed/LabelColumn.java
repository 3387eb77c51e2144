package io.arclight.spark.feed;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;

/** Finds the classes of a label column. */
final class LabelColumn {
  private static final int MAX_CLASSES = 100_000;

  private LabelColumn() {}

  /** The type of a label's numbers, or null for strings. */
  static NumberType numberType(String column, DataType type) {
    if (type instanceof StringType) {
      return null;
    }
    return NumberType.of(type)
        .orElseThrow(
            () ->
                ColumnResolver.wrong(
                    column,
                    "classes",
                    "is of type " + type.simpleString(),
                    "a whole number, boolean or string"));
  }

  /** The given classes, or those in the data, sorted. */
  static LabelTable table(
      Dataset<Row> data, Label.Classes classes, DataType type, BadRows badRows) {
    if (!classes.values().isEmpty()) {
      return checked(classes, type);
    }
    String column = classes.column();
    List<Row> counts =
        data.groupBy(ColumnResolver.column(column)).count().limit(MAX_CLASSES + 2).collectAsList();
    if (counts.isEmpty()) {
      throw new FeedException("the DataFrame has no rows: there is nothing to train on");
    }
    long rows = counts.stream().mapToLong(r -> r.getLong(1)).sum();
    List<Object> values = new ArrayList<>();
    for (Row count : counts) {
      Object value = count.get(0);
      if (isMissing(value)) {
        if (badRows == BadRows.FAIL) {
          throw new FeedException(
              "label column '%s' is %s in %d of %d rows; remove them, or skip such rows (BadRows.SKIP)"
                  .formatted(column, value == null ? "null" : "NaN", count.getLong(1), rows));
        }
      } else {
        values.add(value);
      }
    }
    if (values.isEmpty() || values.size() > MAX_CLASSES) {
      throw new FeedException(
          "label column '%s' has %s distinct values: classes must be 1 to %d"
              .formatted(column, values.isEmpty() ? "no" : "more", MAX_CLASSES));
    }
    values.sort(naturalOrder());
    return new LabelTable(values);
  }

  private static LabelTable checked(Label.Classes classes, DataType type) {
    boolean strings = type instanceof StringType;
    for (Object value : classes.values()) {
      if (value instanceof String != strings) {
        throw new FeedException(
            "class '%s' (%s) is given for label column '%s' of type %s"
                .formatted(
                    value,
                    value.getClass().getSimpleName(),
                    classes.column(),
                    type.simpleString()));
      }
    }
    return new LabelTable(classes.values());
  }

  private static boolean isMissing(Object value) {
    return value == null
        || value instanceof Double d && d.isNaN()
        || value instanceof Float f && f.isNaN();
  }

  @SuppressWarnings("unchecked")
  private static Comparator<Object> naturalOrder() {
    return (a, b) -> ((Comparable<Object>) a).compareTo(b);
  }
}
