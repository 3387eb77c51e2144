package io.arclight.spark.feed;

import static org.apache.spark.sql.functions.col;

import io.arclight.tensor.DType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;

/** Fits a mapping to the columns of a DataFrame. */
final class ColumnResolver {
  private static final StructType ML_VECTOR =
      StructType.fromDDL(
          "type TINYINT NOT NULL, size INT, indices ARRAY<INT>, values ARRAY<DOUBLE>");

  private final Dataset<Row> data;
  private final ColumnMapping mapping;
  private final Set<String> columns = new LinkedHashSet<>();
  private final List<Field> fields = new ArrayList<>();
  private final List<FieldCopier> copiers = new ArrayList<>();
  private LabelTable labels;

  ColumnResolver(Dataset<Row> data, ColumnMapping mapping) {
    this.data = data;
    this.mapping = mapping;
  }

  ResolvedColumns resolve() {
    mapping.features().forEach(this::features);
    if (mapping.label() instanceof Label.Classes classes) {
      classes(classes);
    } else if (mapping.label() instanceof Label.Target target) {
      target(target);
    }
    Set<String> names = new HashSet<>();
    for (Field field : fields) {
      if (!names.add(field.name())) {
        throw new FeedException(
            "two tensors of the batch are called '%s'; rename the features"
                .formatted(field.name()));
      }
    }
    return new ResolvedColumns(
        List.copyOf(columns),
        List.copyOf(fields),
        List.copyOf(copiers),
        Optional.ofNullable(labels));
  }

  private void features(Features features) {
    if (!NumberType.fills(features.dtype())) {
      throw wrong(
          features.name(),
          "features",
          features.dtype() + " is asked for",
          "float32, float64, int64, or uint8 for binary columns");
    }
    if (features.columns().size() > 1) {
      gather(features);
      return;
    }
    String column = features.columns().get(0);
    DataType type = type(column);
    if (NumberType.of(type).isPresent()) {
      gather(features);
    } else if (type instanceof ArrayType array && NumberType.of(array.elementType()).isPresent()) {
      NumberType elements = NumberType.of(array.elementType()).get();
      checkDtype(features, column, elements);
      int width = width(features, column);
      add(features, width, new ArrayCopier(column, -1, elements, features.dtype(), width));
    } else if (type instanceof BinaryType) {
      checkBinary(features, column);
      int width = width(features, column);
      add(features, width, new BinaryCopier(column, -1, features.dtype(), width));
    } else if (isMlVector(type)) {
      checkDtype(features, column, NumberType.DOUBLE);
      int width = width(features, column);
      add(features, width, new MlVectorCopier(column, -1, features.dtype(), width));
    } else {
      throw wrong(
          column,
          "features",
          "is of type " + type.simpleString(),
          "a number, an array of numbers, an ML vector or binary");
    }
    columns.add(column);
  }

  private void gather(Features features) {
    List<NumberType> types = new ArrayList<>();
    for (String column : features.columns()) {
      DataType type = type(column);
      NumberType number =
          NumberType.of(type)
              .orElseThrow(
                  () ->
                      wrong(
                          column,
                          "features",
                          "is of type " + type.simpleString(),
                          "a number, when several columns make one matrix"));
      checkDtype(features, column, number);
      types.add(number);
      columns.add(column);
    }
    int width = types.size();
    add(
        features,
        width,
        new ScalarsCopier(features.columns(), types, new int[width], features.dtype()));
  }

  private void classes(Label.Classes classes) {
    String column = classes.column();
    DataType type = type(column);
    NumberType number = LabelColumn.numberType(column, type);
    labels = LabelColumn.table(data, classes, type, mapping.badRows());
    columns.add(column);
    fields.add(new Field(column, DType.INT64, List.of()));
    copiers.add(new ClassCopier(column, -1, number, labels));
  }

  private void target(Label.Target target) {
    String column = target.column();
    DataType type = type(column);
    NumberType number =
        NumberType.of(type)
            .orElseThrow(
                () -> wrong(column, "target", "is of type " + type.simpleString(), "a number"));
    columns.add(column);
    fields.add(new Field(column, DType.FLOAT32, List.of()));
    copiers.add(new ScalarsCopier(List.of(column), List.of(number), new int[1], DType.FLOAT32));
  }

  private void add(Features features, int width, FieldCopier copier) {
    List<Long> sizes = features.sizes() == null ? List.of((long) width) : features.sizes();
    Field field = new Field(features.name(), features.dtype(), sizes);
    if (field.width() != width) {
      throw new FeedException(
          "features '%s' have %d elements a row, but shape %s was given"
              .formatted(features.name(), width, field.rowShape()));
    }
    fields.add(field);
    copiers.add(copier);
  }

  /** Elements of a row: by the shape given, else by the first row that has a value. */
  private int width(Features features, String column) {
    if (features.sizes() != null) {
      return new Field(features.name(), features.dtype(), features.sizes()).width();
    }
    Column value = column(column);
    List<Row> first = data.filter(value.isNotNull()).select(value).takeAsList(1);
    if (first.isEmpty()) {
      throw new FeedException(
          "no row has a value in column '%s': there is nothing to train on".formatted(column));
    }
    Object sample = first.get(0).get(0);
    if (sample instanceof byte[] bytes) {
      return bytes.length;
    }
    return sample instanceof Vector vector ? vector.size() : first.get(0).getList(0).size();
  }

  private DataType type(String column) {
    for (String name : data.columns()) {
      if (name.equals(column)) {
        return data.schema().apply(name).dataType();
      }
    }
    throw new FeedException(
        "column '%s' does not exist; the columns are [%s]"
            .formatted(column, String.join(", ", data.columns())));
  }

  private static void checkDtype(Features features, String column, NumberType type) {
    if (features.dtype() == DType.UINT8
        || features.dtype() == DType.INT64 && type.isFloatingPoint()) {
      throw wrong(
          column,
          "features",
          "of " + type.name().toLowerCase(Locale.ROOT) + " cannot become " + features.dtype(),
          features.dtype() == DType.UINT8 ? "binary" : "integers");
    }
  }

  private static void checkBinary(Features features, String column) {
    if (features.dtype() != DType.UINT8 && features.dtype() != DType.FLOAT32) {
      throw wrong(
          column,
          "features",
          "is binary and cannot become " + features.dtype(),
          "uint8 or float32");
    }
  }

  static boolean isMlVector(DataType type) {
    return type instanceof UserDefinedType<?> user
        && DataType.equalsIgnoreNullability(user.sqlType(), ML_VECTOR);
  }

  static FeedException wrong(String column, String role, String found, String expected) {
    return new FeedException("column '%s' %s: %s need %s".formatted(column, found, role, expected));
  }

  /** A top-level column, whatever characters its name has. */
  static Column column(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
