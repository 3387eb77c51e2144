package io.arclight.it.showcase;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log1p;
import static org.apache.spark.sql.functions.stddev;
import static org.apache.spark.sql.functions.when;

import io.arclight.export.Transform;
import io.arclight.models.TabularMlp;
import io.arclight.nn.MSELoss;
import io.arclight.optim.AdamW;
import io.arclight.optim.OneCycleLR;
import io.arclight.spark.SparkTrainer;
import io.arclight.spark.TrainedModel;
import io.arclight.spark.feed.Features;
import io.arclight.spark.feed.Label;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * House prices of California: a table with nulls and a category, trained from and served as SQL.
 */
final class Housing {
  private static final String[] NUMBERS = {
    "longitude",
    "latitude",
    "housing_median_age",
    "total_rooms",
    "total_bedrooms",
    "population",
    "households",
    "median_income"
  };

  private static final List<String> SKEWED =
      List.of("total_rooms", "total_bedrooms", "population", "households", "median_income");

  private static final String[] PLACES = {
    "<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN"
  };

  private Housing() {}

  /**
   * The share of the variance of held-out prices that the model explains, R².
   *
   * @param folder where the model is saved
   */
  static double run(SparkSession spark, Path csv, Path folder, int epochs, int workers) {
    Dataset<Row> rows = prepared(spark, csv).cache();
    Dataset<Row>[] parts = rows.randomSplit(new double[] {0.8, 0.2}, 7);
    // The file goes through California: without other partitions, batches would too.
    Dataset<Row> mixed = parts[0].repartition(16).cache();
    try (TrainedModel model = train(mixed, epochs, workers)) {
      model.save(folder.toString());
    }
    parts[1].createOrReplaceTempView("held_out");
    String predict = "predict('%s', struct(*))".formatted(folder);
    Row sums =
        spark
            .sql("SELECT price, " + predict + " AS p FROM held_out")
            .select(expr("sum(pow(price - p, 2))"), expr("var_pop(price) * count(*)"))
            .first();
    mixed.unpersist();
    rows.unpersist();
    return 1 - sums.getDouble(0) / sums.getDouble(1);
  }

  private static Dataset<Row> prepared(SparkSession spark, Path csv) {
    Dataset<Row> raw =
        spark.read().option("header", true).option("inferSchema", true).csv(csv.toString());
    double bedrooms = raw.stat().approxQuantile("total_bedrooms", new double[] {0.5}, 0.01)[0];
    Column place = lit(0L);
    for (int i = 1; i < PLACES.length; i++) {
      place = when(col("ocean_proximity").equalTo(PLACES[i]), (long) i).otherwise(place);
    }
    Dataset<Row> out =
        raw.withColumn("total_bedrooms", coalesce(col("total_bedrooms"), lit(bedrooms)))
            .withColumn("place", place)
            .withColumn("price", col("median_house_value").divide(100_000));
    for (String name : SKEWED) {
      out = out.withColumn(name, log1p(col(name)));
    }
    return out.drop("ocean_proximity", "median_house_value");
  }

  private static TrainedModel train(Dataset<Row> rows, int epochs, int workers) {
    long steps = (rows.count() / 128 + 1) * epochs;
    return SparkTrainer.of(
            () -> new TabularMlp(NUMBERS.length, new long[] {PLACES.length}, 4, 256, 128, 1),
            (model, batch) ->
                model.call(batch.get("features"), batch.get("place").unsqueeze(1)).squeeze(1))
        .loss(new MSELoss())
        .optimizer(p -> new AdamW(p, 2e-3))
        .scheduler(optimizer -> new OneCycleLR(optimizer, 5e-3, steps))
        .features(
            Features.columns(NUMBERS), Features.column("place").as(DType.INT64).shaped(Shape.of()))
        .transform("features", standardised(rows))
        .label(Label.target("price"))
        .globalBatchSize(128)
        .epochs(epochs)
        .workers(workers)
        .quiet()
        .fit(rows);
  }

  private static Transform standardised(Dataset<Row> rows) {
    List<Column> sums = new ArrayList<>();
    for (String name : NUMBERS) {
      sums.add(avg(name));
      sums.add(stddev(name));
    }
    Row moments = rows.select(sums.toArray(new Column[0])).first();
    List<Double> means = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    for (int i = 0; i < NUMBERS.length; i++) {
      means.add(moments.getDouble(2 * i));
      deviations.add(moments.getDouble(2 * i + 1));
    }
    return Transform.NONE.normalize(means, deviations);
  }
}
