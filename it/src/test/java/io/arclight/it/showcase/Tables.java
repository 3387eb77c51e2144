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

  /**
   * By how much the log-loss is below that of logistic regression with the best penalty, over so
   * many divisions into folds.
   */
  static Clicks.Gain titanic(Path csv, int epochs, int divisions) {
    Table table = Table.read(csv, TITANIC);
    Clicks.Fit model =
        Clicks.networks(
            (numbers, cardinalities) -> network(numbers, cardinalities, 64, 32, 1),
            epochs,
            1e-2,
            0.1);
    return compare(table, divisions, model, (found, rows) -> -found.logLoss(rows));
  }

  /**
   * By how much the area under the curve is above that of the best logistic regression. So few rows
   * decide for neither: the interval has both signs.
   */
  static Clicks.Gain criteo(Path csv, int epochs, int divisions) {
    List<String> numbers = IntStream.rangeClosed(1, 13).mapToObj(i -> "I" + i).toList();
    List<String> categories = IntStream.rangeClosed(1, 26).mapToObj(i -> "C" + i).toList();
    Table table =
        Table.read(csv, new Table.Columns("label", numbers, categories, numbers, List.of()));
    Clicks.Fit model =
        Clicks.networks(
            (count, cardinalities) -> network(count, cardinalities, 8, 1), epochs, 1e-2, 1);
    return compare(table, divisions, model, Clicks.HeldOut::auc);
  }

  /** The penalty is the one that is best on the rows it is measured by, which favours it. */
  private static Clicks.Gain compare(
      Table table, int divisions, Clicks.Fit model, Clicks.Measure measure) {
    Clicks.HeldOut best = null;
    for (double penalty : PENALTIES) {
      Clicks.HeldOut one = Clicks.HeldOut.of(table, divisions, Clicks.logistic(penalty));
      report("logistic, penalty " + penalty, one);
      if (best == null || measure.of(one, one.all()) > measure.of(best, best.all())) {
        best = one;
      }
    }
    Clicks.HeldOut found = Clicks.HeldOut.of(table, divisions, model);
    report("embeddings", found);
    Clicks.Gain gain = Clicks.Gain.of(found, best, measure);
    System.out.printf(
        Locale.ROOT,
        "%d rows, %d divisions: better by %.4f, 95 %% of draws of rows within %.4f and %.4f%n",
        table.lines().size(),
        divisions,
        gain.mean(),
        gain.low(),
        gain.high());
    return gain;
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

  private static void report(String name, Clicks.HeldOut found) {
    int[] all = found.all();
    System.out.printf(
        Locale.ROOT, "%s: log-loss %.4f, AUC %.4f%n", name, found.logLoss(all), found.auc(all));
  }
}
