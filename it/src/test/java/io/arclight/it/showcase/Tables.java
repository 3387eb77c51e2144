package io.arclight.it.showcase;

import io.arclight.models.TabularMlp;
import io.arclight.nn.Embedding;
import io.arclight.nn.Init;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Tables with categories: models with embeddings against logistic regression on the same folds. */
final class Tables {
  private static final Table.Columns TITANIC =
      new Table.Columns(
          "Survived",
          List.of("Age", "SibSp", "Parch", "Fare"),
          List.of("Pclass", "Sex", "Embarked", "Cabin"),
          List.of("Fare"),
          List.of("Cabin"));

  private static final double[] PENALTIES = {0.3, 1, 3, 10, 30, 100};

  private Tables() {}

  /** By how much the log-loss is below that of logistic regression with the best penalty. */
  static double titanic(Path csv, int epochs) {
    Table table = Table.read(csv, TITANIC);
    Clicks.HeldOut model =
        Clicks.HeldOut.of(
            table,
            Clicks.networks(
                (numbers, cardinalities) -> network(numbers, cardinalities, 64, 32, 1),
                epochs,
                1e-2,
                0.1));
    double best = Double.POSITIVE_INFINITY;
    for (double penalty : PENALTIES) {
      best = Math.min(best, report("logistic, penalty " + penalty, logistic(table, penalty)));
    }
    return best - report("embeddings", model);
  }

  /** By how much the area under the curve is above that of the best logistic regression. */
  static double criteo(Path csv, int epochs) {
    List<String> numbers = IntStream.rangeClosed(1, 13).mapToObj(i -> "I" + i).toList();
    List<String> categories = IntStream.rangeClosed(1, 26).mapToObj(i -> "C" + i).toList();
    Table table =
        Table.read(csv, new Table.Columns("label", numbers, categories, numbers, List.of()));
    Clicks.HeldOut model =
        Clicks.HeldOut.of(
            table,
            Clicks.networks(
                (count, cardinalities) -> network(count, cardinalities, 8, 1), epochs, 1e-2, 1));
    double best = 0;
    for (double penalty : PENALTIES) {
      Clicks.HeldOut one = logistic(table, penalty);
      report("logistic, penalty " + penalty, one);
      best = Math.max(best, one.auc());
    }
    report("embeddings", model);
    return model.auc() - best;
  }

  /** Categories begin near zero, as of most there are few rows. */
  private static Clicks.Network network(long numbers, long[] cardinalities, long... sizes) {
    TabularMlp net = new TabularMlp(numbers, cardinalities, 2, sizes);
    net.apply(
        module -> {
          if (module instanceof Embedding embedding) {
            Init.normal(embedding.weight(), 0, 0.05);
          }
        });
    return new Clicks.Network(net, (x, categories) -> net.call(x, categories).squeeze(1));
  }

  private static Clicks.HeldOut logistic(Table table, double penalty) {
    return Clicks.HeldOut.of(table, Clicks.logistic(penalty));
  }

  private static double report(String name, Clicks.HeldOut found) {
    System.out.printf(
        Locale.ROOT, "%s: log-loss %.4f, AUC %.4f%n", name, found.logLoss(), found.auc());
    return found.logLoss();
  }
}
