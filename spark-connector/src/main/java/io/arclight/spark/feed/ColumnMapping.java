package io.arclight.spark.feed;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;

/**
 * Which columns become which tensors.
 *
 * @param features inputs of the model
 * @param label what it learns
 * @param badRows what happens to rows with a null or NaN in any of these columns
 */
public record ColumnMapping(List<Features> features, Label label, BadRows badRows)
    implements Serializable {

  public ColumnMapping {
    features = List.copyOf(features);
    if (features.isEmpty()) {
      throw new IllegalArgumentException("a mapping needs features");
    }
  }

  /** Features without a label; bad rows are an error. */
  public static ColumnMapping of(Features... features) {
    return new ColumnMapping(List.of(features), Label.none(), BadRows.FAIL);
  }

  /**
   * Every column of {@code data} under its own name: numbers as [rows] and arrays of them as [rows,
   * width], integers as int64 and others as float32; ML vectors as float32, binary as uint8.
   *
   * @throws FeedException when a column is of another type: leave it out by a select
   */
  public static ColumnMapping everyColumn(Dataset<?> data) {
    return of(
        Arrays.stream(data.schema().fields()).map(Features::natural).toArray(Features[]::new));
  }

  /** With this label. */
  public ColumnMapping withLabel(Label value) {
    return new ColumnMapping(features, value, badRows);
  }

  /** With this treatment of nulls and NaN. */
  public ColumnMapping withBadRows(BadRows value) {
    return new ColumnMapping(features, label, value);
  }

  /**
   * Checks the columns, finds sizes that were not given in the first row, and collects the classes.
   *
   * @throws FeedException when columns are missing or of a wrong type, or the data is empty
   */
  ResolvedColumns resolve(Dataset<?> data) {
    return new ColumnResolver(data.toDF(), this).resolve();
  }
}
