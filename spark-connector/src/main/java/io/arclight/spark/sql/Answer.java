package io.arclight.spark.sql;

import io.arclight.export.Labels;
import io.arclight.export.Signature;
import java.util.Locale;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** What a function gives for a row. */
enum Answer {
  /** The label of the largest output, in the label column's type; the output of a regression. */
  PREDICT,
  /** The probability of each class, array of float. */
  PREDICT_PROBA,
  /** The outputs, array of float. */
  PREDICT_RAW;

  String function() {
    return name().toLowerCase(Locale.ROOT);
  }

  DataType type(Signature signature) {
    if (this != PREDICT) {
      return DataTypes.createArrayType(DataTypes.FloatType, false);
    }
    Labels labels = signature.labels();
    return labels == null ? DataTypes.DoubleType : DataType.fromDDL(labels.type());
  }
}
