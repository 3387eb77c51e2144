package io.arclight.spark.sql;

import io.arclight.export.InputSpec;
import io.arclight.export.Program;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Expression;

/** Calls of a model on the columns of a DataFrame. */
public final class PredictColumns {
  private PredictColumns() {}

  /** As {@code predict}. */
  public static Column predict(Dataset<Row> data, Program program) {
    return column(data, program, Answer.PREDICT);
  }

  /** As {@code predict_proba}. */
  public static Column probability(Dataset<Row> data, Program program) {
    return column(data, program, Answer.PREDICT_PROBA);
  }

  private static Column column(Dataset<Row> data, Program program, Answer answer) {
    List<Expression> columns = new ArrayList<>();
    for (InputSpec input : program.signature().inputs()) {
      for (InputSpec.Column column : input.columns()) {
        if (!Arrays.asList(data.columns()).contains(column.name())) {
          throw new ModelException(
              "the model needs column '"
                  + column.name()
                  + "'; the columns are "
                  + Arrays.toString(data.columns()));
        }
        columns.add(data.col("`" + column.name().replace("`", "``") + "`").expr());
      }
    }
    ModelVersion model = ModelVersion.of(data.sparkSession().sparkContext(), program);
    return new Column(PredictFunctions.call(model, answer, columns));
  }
}
