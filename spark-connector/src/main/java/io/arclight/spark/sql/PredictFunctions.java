package io.arclight.spark.sql;

import io.arclight.export.InputSpec;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.spark.feed.FeedException;
import io.arclight.spark.feed.Field;
import io.arclight.spark.feed.RowInputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.Seq;

/** Makes {@link Predict} expressions of function calls. */
public final class PredictFunctions {
  /** Types of columns that are one number each. */
  private static final Set<String> NUMBERS =
      Set.of("boolean", "tinyint", "smallint", "int", "bigint", "float", "double");

  private PredictFunctions() {}

  /** The functions' names. */
  public static List<String> names() {
    return Arrays.stream(Answer.values()).map(Answer::function).toList();
  }

  /** What DESCRIBE FUNCTION shows. */
  public static ExpressionInfo info(String name) {
    return new ExpressionInfo(
        Predict.class.getName(), null, name, answer(name).usage(), "", "", "", "", "", "", "");
  }

  private static Answer answer(String function) {
    return Arrays.stream(Answer.values())
        .filter(a -> a.function().equals(function))
        .findFirst()
        .orElseThrow();
  }

  /**
   * The call of a function.
   *
   * @throws ModelException if there is no such model or the columns do not fit it
   */
  public static Expression call(SparkContext context, String function, Seq<Expression> arguments) {
    List<Expression> all = ScalaSeq.list(arguments);
    if (all.isEmpty()
        || !all.get(0).foldable()
        || !(all.get(0).dataType() instanceof StringType)
        || all.get(0).eval(null) == null) {
      throw new ModelException(
          function + ": the first argument must be a constant string, the path of a saved model");
    }
    String path = all.get(0).eval(null).toString();
    ModelVersion model = ModelVersion.current(context, path);
    return call(model, answer(function), all.subList(1, all.size()));
  }

  static Predict call(ModelVersion model, Answer answer, List<Expression> arguments) {
    try (ModelCache.Lease lease = ModelCache.lease(model)) {
      Program program = lease.program();
      Signature signature = program.signature();
      List<Expression> columns = columns(model, answer, signature, arguments);
      RowInputs.Builder inputs = new RowInputs.Builder();
      int at = 0;
      for (InputSpec spec : signature.inputs()) {
        List<String> names =
            spec.columns().stream().map(InputSpec.Column::name).collect(Collectors.toList());
        List<DataType> types = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
          types.add(columns.get(at++).dataType());
        }
        List<Long> sizes = Arrays.stream(spec.rowShape().toArray()).boxed().toList();
        try {
          inputs.add(new Field(spec.name(), spec.dtype(), sizes), names, types);
        } catch (FeedException e) {
          throw new ModelException(
              answer.function()
                  + ": "
                  + e.getMessage()
                  + "; the model at '"
                  + model.path()
                  + "' was trained on "
                  + describe(signature));
        }
      }
      return Predict.of(model, answer, inputs.build(), signature, ScalaSeq.of(columns));
    }
  }

  private static List<Expression> columns(
      ModelVersion model, Answer answer, Signature signature, List<Expression> arguments) {
    List<InputSpec.Column> expected =
        signature.inputs().stream().flatMap(i -> i.columns().stream()).toList();
    List<Expression> found = arguments;
    if (arguments.size() == 1
        && arguments.get(0).dataType() instanceof StructType struct
        && !(expected.size() == 1 && expected.get(0).type().startsWith("struct"))) {
      found = new ArrayList<>();
      for (InputSpec.Column column : expected) {
        if (!Arrays.asList(struct.fieldNames()).contains(column.name())) {
          throw new ModelException(
              answer.function()
                  + ": the struct has no field '"
                  + column.name()
                  + "'; it has "
                  + Arrays.toString(struct.fieldNames())
                  + ", the model needs "
                  + describe(signature));
        }
        found.add(
            new GetStructField(
                arguments.get(0), struct.fieldIndex(column.name()), Option.apply(column.name())));
      }
    }
    if (found.size() != expected.size()) {
      throw new ModelException(
          answer.function()
              + ": the model at '"
              + model.path()
              + "' needs "
              + expected.size()
              + " column"
              + (expected.size() == 1 ? "" : "s")
              + ", "
              + describe(signature)
              + ", got "
              + found.size());
    }
    found = found.stream().map(PredictFunctions::numeric).collect(Collectors.toList());
    for (int i = 0; i < expected.size(); i++) {
      DataType type = found.get(i).dataType();
      if (NUMBERS.contains(expected.get(i).type()) && !isNumber(type)) {
        throw new ModelException(
            answer.function()
                + ": column '"
                + expected.get(i).name()
                + "' is of type "
                + type.simpleString()
                + ", not a number; the model at '"
                + model.path()
                + "' was trained on "
                + describe(signature));
      }
    }
    return found;
  }

  private static boolean isNumber(DataType type) {
    return type instanceof NumericType || type instanceof BooleanType;
  }

  /** Literals such as 0.5 are decimals in SQL, and NULL has no type. */
  private static Expression numeric(Expression e) {
    return e.dataType() instanceof DecimalType || e.dataType() instanceof NullType
        ? new Cast(e, DataTypes.DoubleType, Option.empty(), EvalMode.LEGACY())
        : e;
  }

  private static String describe(Signature signature) {
    return signature.inputs().stream()
        .flatMap(i -> i.columns().stream())
        .map(c -> c.name() + " " + c.type())
        .collect(Collectors.joining(", ", "(", ")"));
  }
}
