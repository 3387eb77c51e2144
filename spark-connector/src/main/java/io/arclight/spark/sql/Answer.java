package io.arclight.spark.sql;

import io.arclight.export.Labels;
import io.arclight.export.Signature;
import io.arclight.spark.feed.RowInputs;
import java.util.Locale;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** What a function gives for a row. */
enum Answer {
  /** The label of the largest output, in the label column's type; the output of a regression. */
  PREDICT,
  /** As {@link #PREDICT}, and null where a row has values that the model does not take. */
  TRY_PREDICT,
  /** The probability of each class, array of float. */
  PREDICT_PROBA,
  /** The outputs, array of float. */
  PREDICT_RAW;

  String function() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it is one value and not an array. */
  boolean isScalar() {
    return this == PREDICT || this == TRY_PREDICT;
  }

  /** What becomes of rows that the model does not take. */
  RowInputs.Bad bad() {
    return this == TRY_PREDICT ? RowInputs.Bad.MARK : RowInputs.Bad.FAIL;
  }

  DataType type(Signature signature) {
    if (!isScalar()) {
      return DataTypes.createArrayType(DataTypes.FloatType, false);
    }
    Labels labels = signature.labels();
    return labels == null ? DataTypes.DoubleType : DataType.fromDDL(labels.type());
  }

  /** What DESCRIBE FUNCTION says. */
  String usage() {
    String what =
        switch (this) {
          case PREDICT -> "the label, or the number of a regression";
          case TRY_PREDICT -> "as predict, but null for rows whose values the model does not take";
          case PREDICT_PROBA -> "the probability of each class";
          case PREDICT_RAW -> "the model's outputs";
        };
    return "_FUNC_(model, column, ...) - applies the model saved at a path to its raw training"
        + " columns, in their order, or to struct(*) by their names: "
        + what;
  }
}
