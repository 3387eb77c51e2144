package io.arclight.datasource;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * The options that all image formats share.
 *
 * @param pixels type of the column {@code pixels}: option {@code pixels=float|binary}
 * @param scale factor from a pixel's byte to its float: option {@code scale}, default 1/255
 * @param numPartitions option {@code numPartitions}; 0 leaves the choice to {@code
 *     rowsPerPartition}
 * @param rowsPerPartition option {@code rowsPerPartition}
 */
record ImageOptions(PixelFormat pixels, double scale, int numPartitions, long rowsPerPartition)
    implements Serializable {
  static final String PIXELS = "pixels";
  static final String LABEL = "label";

  /** How an image stands in the column {@code pixels}. */
  enum PixelFormat {
    FLOAT,
    BINARY
  }

  static ImageOptions of(CaseInsensitiveStringMap options, long defaultRowsPerPartition) {
    PixelFormat pixels = choice(options, PIXELS, PixelFormat.FLOAT);
    if (pixels == PixelFormat.BINARY && options.containsKey("scale")) {
      throw new DataSourceException(
          "Option scale="
              + options.get("scale")
              + " has no meaning with pixels=binary, which keeps the bytes. Remove one of them.");
    }

    double scale =
        parsed(
            options,
            "scale",
            1.0 / 255,
            Double::valueOf,
            n -> n > 0 && n <= Float.MAX_VALUE,
            "a positive factor");
    int partitions = (int) integer(options, "numPartitions", 0, 1, Integer.MAX_VALUE);
    long rows = integer(options, "rowsPerPartition", defaultRowsPerPartition, 1, Long.MAX_VALUE);
    return new ImageOptions(pixels, scale, partitions, rows);
  }

  StructType schema() {
    DataType type =
        switch (pixels) {
          case FLOAT -> new ArrayType(DataTypes.FloatType, false);
          case BINARY -> DataTypes.BinaryType;
        };
    return new StructType(
        new StructField[] {
          new StructField(PIXELS, type, false, Metadata.empty()),
          new StructField(LABEL, DataTypes.IntegerType, false, Metadata.empty())
        });
  }

  /** The value of an option whose values are the lower-case names of {@code otherwise}'s enum. */
  static <E extends Enum<E>> E choice(CaseInsensitiveStringMap options, String key, E otherwise) {
    String text = options.getOrDefault(key, name(otherwise));
    E[] all = otherwise.getDeclaringClass().getEnumConstants();
    return Arrays.stream(all)
        .filter(e -> name(e).equals(text.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new DataSourceException(
                    "Option "
                        + key
                        + "="
                        + text
                        + " is unknown. It can be: "
                        + Arrays.stream(all)
                            .map(ImageOptions::name)
                            .collect(Collectors.joining(", "))));
  }

  /** The value of an integer option, {@code otherwise} when it is not set. */
  static long integer(
      CaseInsensitiveStringMap options, String key, long otherwise, long least, long most) {
    return parsed(
        options,
        key,
        otherwise,
        Long::valueOf,
        n -> n >= least && n <= most,
        "an integer from " + least + " to " + most);
  }

  private static <T> T parsed(
      CaseInsensitiveStringMap options,
      String key,
      T otherwise,
      Function<String, T> parse,
      Predicate<T> valid,
      String expected) {
    String text = options.get(key);
    if (text == null) {
      return otherwise;
    }

    try {
      T value = parse.apply(text);
      if (valid.test(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Reported below, with what the option takes.
    }
    throw new DataSourceException("Option " + key + "=" + text + " is not " + expected + ".");
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
