package io.arclight.it.showcase;

import static org.apache.spark.sql.functions.expr;

import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Dropout;
import io.arclight.nn.Flatten;
import io.arclight.nn.Linear;
import io.arclight.nn.MaxPool2d;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.optim.AdamW;
import io.arclight.optim.OneCycleLR;
import io.arclight.spark.SparkTrainer;
import io.arclight.spark.TrainedModel;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Handwritten digits by a convolutional network with batch normalisation. */
final class Mnist {
  private static final int SIZE = 28;
  private static final int BATCH = 128;

  private Mnist() {}

  static Sequential model() {
    return new Sequential(
        block(1, 16),
        new MaxPool2d(2),
        block(16, 32),
        new MaxPool2d(2),
        block(32, 64),
        new MaxPool2d(2),
        new Flatten(),
        new Dropout(0.2),
        new Linear(64 * 3 * 3, 10));
  }

  private static Sequential block(long in, long out) {
    return new Sequential(
        new Conv2d(in, out, 3).padding(1).noBias(), new BatchNorm2d(out), new ReLU());
  }

  /** On two executors of a cluster. */
  static SparkTrainer<Sequential> trainer(long rows, int epochs) {
    long steps = (rows / BATCH + 1) * epochs;
    return SparkTrainer.of(Mnist::model)
        .loss(new CrossEntropyLoss())
        .optimizer(p -> new AdamW(p, 1e-2))
        .scheduler(optimizer -> new OneCycleLR(optimizer, 1e-2, steps))
        .features("pixels", Shape.of(1, SIZE, SIZE))
        .label("label")
        .globalBatchSize(BATCH)
        .epochs(epochs)
        .workers(2)
        .quiet();
  }

  /** The share of the test images that SQL finds right. */
  static double onSpark(SparkSession spark, Path data, Path saved, int epochs) {
    Dataset<Row> rows = images(spark, data, "train");
    try (TrainedModel model = trainer(rows.count(), epochs).fit(rows)) {
      model.history().forEach(System.out::println);
      model.save(saved.toString());
    }
    images(spark, data, "test").createOrReplaceTempView("test");
    return spark
        .sql("SELECT label, predict('%s', pixels) AS found FROM test".formatted(saved))
        .select(expr("avg(if(label = found, 1, 0))"))
        .first()
        .getDouble(0);
  }

  static Dataset<Row> images(SparkSession spark, Path data, String split) {
    return spark.read().format("mnist").option("split", split).load(data.toString());
  }

  /** In this process. */
  static double alone(Path data, int epochs) throws IOException {
    Sequential model = Learning.seeded(1, Mnist::model);
    Samples train = read(data, "train", Integer.MAX_VALUE);
    Learning.train(model, train.dataset(), new Learning.Plan(epochs, BATCH, 1e-2, 1e-2, 0));
    Samples test = read(data, "t10k", Integer.MAX_VALUE);
    return Learning.accuracy(model, test.x(), test.y());
  }

  /** The first images of a split: [n, 1, 28, 28] on [0, 1]. */
  static Samples read(Path data, String split, int limit) throws IOException {
    byte[] pixels =
        bytes(data.resolve(split + "-images-idx3-ubyte.gz"), 16, limit * (long) SIZE * SIZE);
    byte[] digits = bytes(data.resolve(split + "-labels-idx1-ubyte.gz"), 8, limit);
    float[] x = new float[pixels.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (pixels[i] & 255) / 255f;
    }
    long[] y = new long[digits.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = digits[i];
    }
    return new Samples(Tensor.of(x, Shape.of(y.length, 1, SIZE, SIZE)), Tensor.of(y));
  }

  private static byte[] bytes(Path file, int header, long limit) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
      in.skipNBytes(header);
      return in.readNBytes((int) Math.min(limit, Integer.MAX_VALUE));
    }
  }
}
