package io.arclight.spark.sql;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;

/**
 * What {@link PredictExec} does in a task.
 *
 * @param calls of models
 * @param input columns of the child
 * @param kept those of them that stay
 * @param output these and an answer for each call
 * @param batch most rows of a batch
 */
record PredictWork(
    List<Predict> calls,
    List<Attribute> input,
    List<Attribute> kept,
    List<Attribute> output,
    int batch,
    PredictMetrics metrics)
    implements Serializable {

  PredictWork {
    calls = List.copyOf(calls);
    input = List.copyOf(input);
    kept = List.copyOf(kept);
    output = List.copyOf(output);
  }

  TaskModels models() {
    return new TaskModels(calls, input, batch, metrics);
  }

  static UnsafeProjection project(List<Attribute> columns, List<Attribute> from) {
    return UnsafeProjection.create(ScalaSeq.<Expression>of(columns), ScalaSeq.<Attribute>of(from));
  }

  /** Where the kept columns are in the child's. */
  int[] keptOrdinals() {
    return kept.stream().mapToInt(a -> ordinal(a, input)).toArray();
  }

  static int ordinal(Attribute column, List<Attribute> input) {
    for (int i = 0; i < input.size(); i++) {
      if (input.get(i).exprId().equals(column.exprId())) {
        return i;
      }
    }
    throw new IllegalStateException(column + " is not among " + input);
  }
}
