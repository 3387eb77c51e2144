package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import java.util.List;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Data that cannot be fed is refused with what is wrong, where, and what to do. */
@Timeout(120)
class BadInputTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();

  private static Dataset<Row> table(String... columns) {
    return SESSION.spark().range(0, 10, 1, 1).selectExpr(columns);
  }

  @Test
  void missingColumn() {
    assertRefused(
        table("id AS x", "id AS y"),
        ColumnMapping.of(Features.column("z")),
        "column 'z' does not exist; the columns are [x, y]");
  }

  @Test
  void wrongTypes() {
    assertRefused(
        table("string(id) AS x"),
        ColumnMapping.of(Features.column("x")),
        "column 'x' is of type string: features need a number, an array of numbers, an ML vector"
            + " or binary");
    assertRefused(
        table("id AS x", "string(id) AS y"),
        ColumnMapping.of(Features.columns("x", "y")),
        "column 'y' is of type string: features need a number, when several columns make one"
            + " matrix");
    assertRefused(
        table("id AS x", "array(id) AS y"),
        ColumnMapping.of(Features.column("x")).withLabel(Label.classes("y")),
        "column 'y' is of type array<bigint>: classes need a whole number, boolean or string");
    assertRefused(
        table("id AS x", "string(id) AS y"),
        ColumnMapping.of(Features.column("x")).withLabel(Label.target("y")),
        "column 'y' is of type string: target need a number");
    assertRefused(
        table("id * 0.5D AS x"),
        ColumnMapping.of(Features.column("x").as(DType.INT64)),
        "column 'x' of double cannot become int64: features need integers");
    assertRefused(
        table("array(id, id) AS x"),
        ColumnMapping.of(Features.column("x").shaped(Shape.of(2)).named("x"))
            .withLabel(Label.target("x")),
        "column 'x' is of type array<bigint>: target need a number");
  }

  @Test
  void nullLabel() {
    assertRefused(
        table("id AS x", "IF(id < 3, null, id % 2) AS y"),
        ColumnMapping.of(Features.column("x")).withLabel(Label.classes("y")),
        "label column 'y' is null in 3 of 10 rows; remove them, or skip such rows"
            + " (BadRows.SKIP)");
  }

  @Test
  void fractionAsClass() {
    assertRefused(
        table("id AS x", "id / 2D AS y"),
        ColumnMapping.of(Features.column("x")).withLabel(Label.classes("y")),
        "label 0.5 (Double) cannot be a class: classes are whole numbers, booleans or strings; use"
            + " Label.target for regression");
  }

  @Test
  void labelOutOfRange() {
    assertFails(
        table("id AS x", "id AS y"),
        ColumnMapping.of(Features.column("x")).withLabel(Label.classes("y", 4)),
        "label 4 of column 'y' is none of the 4 classes [0, 1, 2, 3] (row 4 of partition 0)");
  }

  @Test
  void badFeaturesAreCounted() {
    assertFails(
        table("IF(id IN (3, 5), double('NaN'), id) AS x"),
        ColumnMapping.of(Features.column("x")),
        "2 of 10 rows have a null or NaN, the first: NaN in column 'x' at row 3 of partition 0;"
            + " clean the data, or skip such rows (BadRows.SKIP)");
    assertFails(
        table("IF(id > 6, null, array(float(id), 2F)) AS x"),
        ColumnMapping.of(Features.column("x")),
        "3 of 10 rows have a null or NaN, the first: null in column 'x' at row 7 of partition 0;"
            + " clean the data, or skip such rows (BadRows.SKIP)");
  }

  @Test
  void badRowsAreSkippedOnRequest() {
    Dataset<Row> data =
        table("IF(id IN (3, 5), null, double(id)) AS x", "IF(id = 8, null, id % 2) AS y");
    ColumnMapping mapping =
        ColumnMapping.of(Features.column("x"))
            .withLabel(Label.classes("y"))
            .withBadRows(BadRows.SKIP);
    assertThat(FeedValues.of(data, mapping).get("x").values())
        .containsExactly(0.0, 1.0, 2.0, 4.0, 6.0, 7.0, 9.0);
  }

  @Test
  void raggedArrays() {
    assertFails(
        table("IF(id = 6, array(1F), array(1F, 2F)) AS x"),
        ColumnMapping.of(Features.column("x")),
        "arrays of column 'x' differ in length: expected 2 elements, found 1"
            + " (row 6 of partition 0)");
    assertFails(
        table("IF(id = 6, X'01', X'0102') AS x"),
        ColumnMapping.of(Features.column("x").as(DType.UINT8)),
        "values of column 'x' differ in length: expected 2 bytes, found 1"
            + " (row 6 of partition 0)");
  }

  @Test
  void shapeThatDoesNotFit() {
    assertFails(
        table("array(1F, 2F, 3F) AS x"),
        ColumnMapping.of(Features.column("x").shaped(Shape.of(2, 2))),
        "arrays of column 'x' differ in length: expected 4 elements, found 3"
            + " (row 0 of partition 0)");
    assertRefused(
        table("id AS x", "id AS y"),
        ColumnMapping.of(Features.columns("x", "y").shaped(Shape.of(3))),
        "features 'features' have 2 elements a row, but shape [3] was given");
  }

  @Test
  void emptyData() {
    assertRefused(
        table("id AS x", "id AS y").filter("x > 99"),
        ColumnMapping.of(Features.column("x")).withLabel(Label.classes("y")),
        "the DataFrame has no rows: there is nothing to train on");
    assertRefused(
        table("array(id) AS x").filter("x[0] > 99"),
        ColumnMapping.of(Features.column("x")),
        "no row has a value in column 'x': there is nothing to train on");
  }

  @Test
  void namesGivenTwice() {
    assertRefused(
        table("id AS x"),
        ColumnMapping.of(Features.column("x")).withLabel(Label.target("x")),
        "two tensors of the batch are called 'x'; rename the features");
    assertRefused(
        table("id AS x", "id AS y"),
        ColumnMapping.of(Features.column("x")).withLabel(Label.classes("y", List.of(1, 2, 1))),
        "label 1 is listed twice in [1, 2, 1]");
  }

  private static void assertRefused(Dataset<Row> data, ColumnMapping mapping, String message) {
    assertThatThrownBy(() -> FeedValues.plan(data, mapping))
        .isInstanceOf(FeedException.class)
        .hasMessage(message);
  }

  private static void assertFails(Dataset<Row> data, ColumnMapping mapping, String message) {
    assertThatThrownBy(() -> FeedValues.of(data, mapping))
        .isInstanceOf(SparkException.class)
        .hasRootCauseInstanceOf(FeedException.class)
        .hasRootCauseMessage(message);
  }
}
